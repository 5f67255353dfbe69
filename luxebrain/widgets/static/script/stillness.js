// Changes size where nothing in sight moves; else once the place is out of sight or the shopper acts.
function moveNothing(widget, change) {
  if (tryChange(widget, change)) return;
  const place = widget.parentElement;
  const again = () => tryChange(widget, change) && stop();
  const now = () => { change(); stop(); };
  const watcher = new IntersectionObserver(again, { threshold: [0, 0.01] });
  const stop = () => {
    watcher.disconnect();
    for (const kind of ["click", "keydown"]) removeEventListener(kind, now, true);
  };
  watcher.observe(place);
  for (const kind of ["click", "keydown"]) addEventListener(kind, now, { capture: true });
}

function tryChange(widget, change) {
  const before = { nodes: [...widget.shadowRoot.childNodes], hidden: widget.hidden, aria: widget.getAttribute("aria-hidden"),
    isEmpty: widget.hasAttribute("empty") };
  const watched = neighbours(widget.parentElement).map((element) => [element, element.getBoundingClientRect()]);
  change();
  if (!watched.some(([element, was]) => hasMoved(was, element.getBoundingClientRect()))) {
    changedAt.push(performance.now());
    return true;
  }
  widget.shadowRoot.replaceChildren(...before.nodes);
  widget.hidden = before.hidden;
  widget.toggleAttribute("empty", before.isEmpty);
  if (before.aria) widget.setAttribute("aria-hidden", before.aria);
  return false;
}

// The place and whatever comes after it, up to the body.
function neighbours(place) {
  const found = [place];
  for (let node = place; node && node !== document.body; node = node.parentElement) {
    for (let next = node.nextElementSibling; next; next = next.nextElementSibling) found.push(next);
  }
  return found;
}

function hasMoved(was, is) {
  const isSeen = ({ top, bottom, height }) => height > 0 && bottom > 0 && top < innerHeight;
  return (isSeen(was) || isSeen(is)) && (Math.abs(was.top - is.top) > 0.5 || Math.abs(was.left - is.left) > 0.5);
}
