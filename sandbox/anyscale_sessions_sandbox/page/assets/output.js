// The output of a command. New output is appended to the same text node, so that a selection in it survives.

import { Component, html } from "./vendor/htm-preact.js";
import { block } from "./text.js";

// How far from its end an output may be scrolled and still follows what is added.
const END_PX = 40;

export class Output extends Component {
  constructor(properties) {
    super(properties);
    this.setElement = (element) => (this.element = element);
  }

  componentDidMount() {
    this.node = document.createTextNode("");
    this.element.append(this.node);
    this.show(this.props.text);
  }

  // The element is made once. Its text is not the library's to change.
  shouldComponentUpdate({ text }) {
    this.show(text);
    return false;
  }

  show(text) {
    const shown = block(text);
    const before = this.node.data;
    if (shown === before) return;
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < END_PX;
    if (shown.startsWith(before)) this.node.appendData(shown.slice(before.length));
    else this.node.data = shown;
    if (isAtEnd) this.element.scrollTop = this.element.scrollHeight;
  }

  render({ label }) {
    return html`<pre class="output" tabindex="0" role="log" aria-live="off" aria-label=${label} ref=${this.setElement}></pre>`;
  }
}
