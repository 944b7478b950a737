// Requests to the sandbox. Each carries the token, and a failed one becomes a RequestError with a message for people.

import { token } from "./token.js";

export class RequestError extends Error {
  constructor(status, message, problems = []) {
    super(message);
    this.status = status;
    this.problems = problems;
  }
}

export const get = (path, options) => request("GET", path, undefined, options);
export const post = (path, body, options) => request("POST", path, body, options);
export const put = (path, body) => request("PUT", path, body);
export const remove = (path) => request("DELETE", path);

/** The response to a request, whatever its status. Raises RequestError only if there is none. */
export async function send(method, path, body, { signal } = {}) {
  const headers = { Authorization: `Bearer ${asHeader(token())}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const content = body === undefined ? undefined : JSON.stringify(body);
  try {
    return await fetch(path, { method, headers, body: content, signal, cache: "no-store", credentials: "omit" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new RequestError(0, "The sandbox did not answer.");
  }
}

/** The message and the problems of a response that is not a success. */
export async function toError(response) {
  const document = await response.json().catch(() => null);
  const problems = Array.isArray(document?.detail) ? document.detail : [];
  const detail = document?.error?.detail ?? problems.map(problemText).join("; ");
  return new RequestError(response.status, String(detail || `The sandbox answered ${response.status}.`), problems);
}

async function request(method, path, body, options) {
  const response = await send(method, path, body, options);
  if (!response.ok) throw await toError(response);
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    // A fault can hit the requests of this page too.
    throw new RequestError(response.status, "The sandbox sent a response that is not complete JSON.");
  }
}

function problemText({ loc = [], msg = "" }) {
  const place = loc.filter((part) => part !== "body").join(".");
  return place ? `${place}: ${msg}` : msg;
}

/** A header cannot carry every text that someone may type as a token, and `fetch` would refuse to send it. */
function asHeader(text) {
  return text.replace(/[^!-~]/g, "?");
}
