// The timeline: zoom, windows of long records, and bars that grow while their steps run.
import { fetchPart } from './live.js';
import { morph } from './morph.js';

const ZOOMS = [1, 2, 4, 8, 16, 32];
const timeline = () => document.getElementById('timeline');
/** An axis that is full is drawn anew; not in every turn, where the service's clock and ours differ. */
const LEAST_PAUSE_MS = 2_000;
let asking;
/** When, by our clock, the axis that is shown said what the time is. */
let shown = { axis: null, now: '', at: 0 };

function zoomTo(level) {
  const frame = timeline().querySelector('.axis-frame');
  const axis = frame?.querySelector('.axis');
  if (!axis || !ZOOMS.includes(level)) return;
  // What is in the middle stays in the middle.
  const middle = (frame.scrollLeft + frame.clientWidth / 2) / axis.clientWidth;
  timeline().dataset.zoom = level;
  axis.setAttribute('class', `axis zoom-${level}`);
  frame.scrollLeft = middle * axis.clientWidth - frame.clientWidth / 2;
  for (const link of timeline().querySelectorAll('[data-zoom-to]')) {
    link.toggleAttribute('aria-current', Number(link.dataset.zoomTo) === level);
  }
  refresh();
}

/** Fetch the timeline anew, for the steps from `start`. Only the latest question counts: an older answer would undo it. */
export async function refresh(start = timeline()?.dataset.from) {
  const section = timeline();
  if (!section) return;
  asking?.abort();
  asking = new AbortController();
  section.dataset.from = start;
  const { url, zoom } = section.dataset;
  try {
    const part = await fetchPart(`${url}?from=${start}&zoom=${zoom}`, { signal: asking.signal });
    morph(section, part.element);
    document.dispatchEvent(new Event('rows-changed'));
  } catch {
    // The head of the page says that the service does not answer.
  }
}

/** Let what is under way reach to this moment. */
function grow() {
  const axis = timeline().querySelector('.axis[data-now]');
  if (!axis || document.hidden) return;
  const { now, span } = axis.dataset;
  if (shown.axis !== axis || shown.now !== now) shown = { axis, now, at: Date.now() };
  const passed = Date.now() - shown.at;
  const reached = (100 * (Number(now) + passed)) / Number(span);
  for (const bar of axis.querySelectorAll('[data-grows]')) {
    const left = parseFloat(bar.getAttribute('x'));
    const width = Math.min(100, reached) - left;
    if (width > parseFloat(bar.getAttribute('width'))) bar.setAttribute('width', `${width}%`);
  }
  if (reached >= 100 && passed > LEAST_PAUSE_MS) {
    shown.at = Date.now();
    refresh();
  }
}

export function startTimeline() {
  if (!timeline()) return;
  grow();
  setInterval(grow, 500);
  document.addEventListener('click', (event) => {
    const zoom = event.target.closest('[data-zoom-to]');
    const other = event.target.closest('[data-window]');
    if (!zoom && !other) return;
    event.preventDefault();
    if (zoom) zoomTo(Number(zoom.dataset.zoomTo));
    else refresh(other.dataset.window);
  });
  document.addEventListener('zoom', ({ detail }) => {
    zoomTo(ZOOMS[ZOOMS.indexOf(Number(timeline().dataset.zoom)) + detail]);
  });
}
