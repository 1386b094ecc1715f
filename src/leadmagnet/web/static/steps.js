// The list of steps: only the blocks near the window are fetched and kept, however long the record is.
import { fetchPart, keepLive, say } from './live.js';
import { goTo } from './keys.js';
import { morph } from './morph.js';
import { refresh } from './timeline.js';

const ROW_PX = 43;
/** A block that flies by is not worth asking for. */
const SETTLE_MS = 90;
const list = () => document.getElementById('steps');
let limit = 50;

const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) enter(target);
    else leave(target);
  }
}, { rootMargin: '700px 0px' });

function blockAt(start) {
  const block = document.createElement('div');
  block.dataset.start = start;
  empty(block);
  return block;
}

function rowsIn(start) {
  return Math.max(1, Math.min(limit, Number(list().dataset.count) - start));
}

function empty(block, height = rowsIn(Number(block.dataset.start)) * ROW_PX) {
  const start = Number(block.dataset.start);
  block.className = 'waiting';
  block.style.height = `${height}px`;
  block.textContent = `Steps ${start.toLocaleString()} to ${(start + rowsIn(start) - 1).toLocaleString()} …`;
  delete block.dataset.loaded;
}

function enter(block) {
  if (block.dataset.loaded) return;
  clearTimeout(block.timer);
  block.timer = setTimeout(() => load(block), SETTLE_MS);
}

function leave(block) {
  clearTimeout(block.timer);
  if (block.dataset.loaded && !block.contains(document.activeElement)) empty(block, block.offsetHeight);
}

async function load(block) {
  try {
    const part = await fetchPart(`${list().dataset.url}?from=${block.dataset.start}&limit=${limit}`);
    const old = block.querySelector('ol');
    if (old) morph(old, part.element);
    else block.replaceChildren(part.nodes);
    block.className = '';
    block.style.height = '';
    block.dataset.loaded = 'yes';
    document.dispatchEvent(new Event('rows-changed'));
  } catch {
    if (block.dataset.loaded) return;
    const again = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Not loaded. Try again' });
    again.addEventListener('click', () => load(block));
    block.replaceChildren(again);
  }
}

/** Blocks for all of the record. */
function layOut() {
  const section = list();
  const known = new Set([...section.children].map((each) => Number(each.dataset.start)));
  for (let start = 0; start < Number(section.dataset.count); start += limit) {
    if (known.has(start)) continue;
    const block = blockAt(start);
    const after = [...section.children].find((each) => Number(each.dataset.start) > start);
    section.insertBefore(block, after ?? null);
    observer.observe(block);
  }
}

/** The first block: what the server rendered. */
function adopt() {
  const section = list();
  const block = document.createElement('div');
  block.dataset.start = section.dataset.start;
  block.dataset.loaded = 'yes';
  block.append(...section.childNodes);
  section.append(block);
  observer.observe(block);
}

/** What the list's head says of the record as a whole. */
function tellRecord({ count, size }) {
  const many = `${Number(count).toLocaleString()} ${Number(count) === 1 ? 'record' : 'records'}`;
  document.getElementById('steps-count').textContent = Number(count) ? `${many}, ${size}` : many;
}

/** Which steps are under way is said below the list too; the timeline draws them. */
function tellRunning(head) {
  const [place, said] = [document.getElementById('steps-running'), head.querySelector('[data-under-way]')];
  if (place.dataset.running === head.dataset.running) return false;
  place.dataset.running = head.dataset.running;
  place.replaceChildren(...(said?.cloneNode(true).childNodes ?? []));
  return true;
}

/** More steps were recorded. */
function grow(count) {
  const section = list();
  const before = Number(section.dataset.count);
  if (count === before) return false;
  section.dataset.count = count;
  const last = [...section.children].at(-1);
  if (last && rowsIn(Number(last.dataset.start)) && last.dataset.loaded) load(last);
  layOut();
  say(`${count} steps recorded`);
  return true;
}

/** Bring the step at `index` into view, and put the reader there. */
export async function showStep(index) {
  const start = index - (index % limit);
  const block = [...(list()?.children ?? [])].find((each) => Number(each.dataset.start) === start);
  if (!block) return;
  if (!block.dataset.loaded) {
    block.scrollIntoView({ block: 'start' });
    await load(block);
  }
  goTo(document.querySelector(`#row-${index} [data-row]`));
}

export function startSteps() {
  const section = list();
  if (!section) {
    keepLive(() => document.getElementById('head'));
    return;
  }
  limit = Number(section.dataset.limit);
  document.getElementById('steps-running').dataset.running = document.getElementById('head').dataset.running;
  adopt();
  layOut();
  if (Number(section.dataset.start) > 0) section.querySelector('[data-loaded]').scrollIntoView({ block: 'center' });
  keepLive(() => document.getElementById('head'), {
    after: (head) => {
      tellRecord(head.dataset);
      const [more, others] = [grow(Number(head.dataset.count)), tellRunning(head)];
      if (more || others) refresh();
      if (!head.dataset.live) say(`The job is ${head.dataset.status}`);
    },
  });
  document.querySelector('[data-jump]')?.addEventListener('submit', (event) => {
    event.preventDefault();
    const index = Number(new FormData(event.target).get('from'));
    if (Number.isInteger(index)) showStep(Math.max(0, Math.min(index, Number(list().dataset.count) - 1)));
  });
}
