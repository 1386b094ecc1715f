// What is wider than its frame says so at its edges, and begins where the reader wants to be: at what is chosen, or at
// the newest.
const frames = () => document.querySelectorAll('[data-scrolls]');

function tell(frame) {
  const hidden = frame.scrollWidth - frame.clientWidth;
  const sides = [];
  if (hidden > 1 && frame.scrollLeft > 1) sides.push('left');
  if (hidden > 1 && frame.scrollLeft < hidden - 1) sides.push('right');
  const more = sides.join(' ');
  if ((frame.dataset.more ?? '') !== more) frame.dataset.more = more;
}

function begin(frame) {
  if (frame.dataset.scrolls === 'end') frame.scrollLeft = frame.scrollWidth;
  const chosen = frame.querySelector(':scope > [aria-current]');
  if (!chosen) return;
  const [outer, inner] = [frame.getBoundingClientRect(), chosen.getBoundingClientRect()];
  frame.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
}

const tellAll = () => { for (const each of frames()) tell(each); };

export function startScrolling() {
  for (const each of frames()) begin(each);
  tellAll();
  // Scrolling does not bubble, but it can be caught on its way down.
  document.addEventListener('scroll', ({ target }) => { if (target.dataset?.scrolls !== undefined) tell(target); }, { capture: true, passive: true });
  document.addEventListener('rows-changed', tellAll);
  addEventListener('resize', tellAll);
}
