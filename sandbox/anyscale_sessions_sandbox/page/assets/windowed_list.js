// A list of any length: only the rows that can be seen are in the document.

import { Component, html } from "./vendor/htm-preact.js";

// Rows above and below the visible ones, so that scrolling does not show gaps.
const SPARE_ROWS = 8;

/**
 * A listbox. The focus is on the list itself and not on a row, so that it survives every update.
 *
 * `items`, `keyOf(item)`, `renderRow(item)`, `rowHeight` in pixels, `selected` (a key), `select(key)` for arrows and
 * clicks, `open(key)` for Enter and clicks, `label`, `empty` (what to show without items), `follow` (keep the end in view
 * while it is in view).
 */
export class WindowedList extends Component {
  constructor(properties) {
    super(properties);
    this.state = { top: 0, height: 600 };
    this.element = null;
    this.setElement = (element) => (this.element = element);
    this.onScroll = () => this.measure();
    this.onKeyDown = (event) => this.handleKey(event);
    this.onClick = (event) => this.handleClick(event);
  }

  componentDidMount() {
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this.element);
    this.reveal();
  }

  componentWillUnmount() {
    this.observer.disconnect();
  }

  componentDidUpdate(before) {
    if (before.selected !== this.props.selected) this.reveal();
    // The list may have become shorter than the place it was scrolled to.
    else if (this.element.scrollTop !== this.state.top) this.measure();
  }

  measure() {
    const { scrollTop, clientHeight } = this.element;
    if (scrollTop !== this.state.top || clientHeight !== this.state.height) {
      this.setState({ top: scrollTop, height: clientHeight });
    }
  }

  /** Scroll so that the selected row can be seen. */
  reveal() {
    const { items, keyOf, selected, rowHeight } = this.props;
    const index = selected ? items.findIndex((item) => keyOf(item) === selected) : -1;
    if (index < 0) return;
    const { scrollTop, clientHeight } = this.element;
    const top = index * rowHeight;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + rowHeight > scrollTop + clientHeight) this.element.scrollTop = top + rowHeight - clientHeight;
    this.measure();
  }

  handleKey(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (event.key in steps) this.props.select(neighbour(this.props, steps[event.key]));
    else if (event.key === "Enter" && this.props.selected) this.props.open(this.props.selected);
    else return;
    event.preventDefault();
  }

  handleClick(event) {
    const row = event.target.closest("[data-key]");
    if (!row) return;
    this.props.select(row.dataset.key);
    this.props.open(row.dataset.key);
  }

  render({ items, keyOf, renderRow, rowHeight, selected, label, empty }, { top, height }) {
    const first = Math.max(0, Math.floor(top / rowHeight) - SPARE_ROWS);
    const last = Math.min(items.length, Math.ceil((top + height) / rowHeight) + SPARE_ROWS);
    const rows = items.slice(first, last);
    const isVisible = rows.some((item) => keyOf(item) === selected);
    const style = { height: `${rowHeight}px` };
    return html`
      <div
        class="list"
        role="listbox"
        tabindex="0"
        aria-label=${label}
        aria-activedescendant=${isVisible ? rowId(label, selected) : undefined}
        data-total=${items.length}
        ref=${this.setElement}
        onScroll=${this.onScroll}
        onKeyDown=${this.onKeyDown}
        onClick=${this.onClick}
      >
        ${items.length === 0 && html`<div class="empty" role="option" aria-disabled="true" aria-selected="false">${empty}</div>`}
        <div class="spacer" role="presentation" style=${{ height: `${first * rowHeight}px` }}></div>
        ${rows.map(
          (item, index) => html`
            <div
              class="row"
              role="option"
              key=${keyOf(item)}
              id=${rowId(label, keyOf(item))}
              data-key=${keyOf(item)}
              aria-selected=${keyOf(item) === selected ? "true" : "false"}
              aria-setsize=${items.length}
              aria-posinset=${first + index + 1}
              style=${style}
            >
              ${renderRow(item)}
            </div>
          `,
        )}
        <div class="spacer" role="presentation" style=${{ height: `${(items.length - last) * rowHeight}px` }}></div>
      </div>
    `;
  }
}

/** The key of the row that is `step` rows after the selected one. If none is selected, a list begins at its start. */
export function neighbour({ items, keyOf, selected }, step) {
  if (!items.length) return selected;
  const index = items.findIndex((item) => keyOf(item) === selected);
  const wanted = index < 0 && step !== Infinity ? 0 : index + step;
  return keyOf(items[Math.min(Math.max(wanted, 0), items.length - 1)]);
}

function rowId(label, key) {
  return `${label.replace(/\W+/g, "-")}-${key}`;
}
