// The timeline: zoom, windows of long records, and growth while the job runs.
import { fetchPart } from './live.js';
import { morph } from './morph.js';

const ZOOMS = [1, 2, 4, 8, 16, 32];
const timeline = () => document.getElementById('timeline');
let asking;

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

export function startTimeline() {
  if (!timeline()) return;
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
