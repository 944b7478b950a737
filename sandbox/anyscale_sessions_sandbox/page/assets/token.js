// The sandbox's token: it comes with the link, and is kept for this tab only.

const KEY = "anyscale-sessions-sandbox-token";

/** Move the token from the address to the tab's storage, so that neither history nor a screenshot shows it. */
export function takeTokenFromAddress() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const sent = parameters.get("token");
  if (sent === null) return;
  keepToken(sent);
  parameters.delete("token");
  const rest = parameters.toString();
  history.replaceState(null, "", location.pathname + (rest ? `#${rest}` : ""));
}

export function token() {
  return sessionStorage.getItem(KEY) ?? "";
}

export function keepToken(text) {
  sessionStorage.setItem(KEY, text.trim());
}
