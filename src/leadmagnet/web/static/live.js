// Asks for a part of the page again and again, and costs next to nothing while nothing changes.
import { morph } from './morph.js';
import { tellTimes } from './times.js';

const SLOWEST_MS = 15_000;

/** The HTML at `url` as an element, and its tag; null while it is what `tag` says. */
export async function fetchPart(url, { tag, signal } = {}) {
  const headers = tag ? { 'If-None-Match': tag } : {};
  const answer = await fetch(url, { headers, cache: 'no-store', signal, credentials: 'same-origin' });
  if (answer.status === 304) return null;
  if (answer.status === 401) {
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
    return new Promise(() => {});
  }
  if (!answer.ok) throw new Error((await answer.text()) || `status ${answer.status}`);
  const holder = document.createElement('template');
  holder.innerHTML = await answer.text();
  return { element: holder.content.firstElementChild, nodes: holder.content, tag: answer.headers.get('ETag') };
}

/**
 * Keep the element that `find` gives as it is on the server, as long as it carries `data-live`.
 * `before(element, fresh)` may change what comes; `after(element)` is told of each change; `state(name)` of the connection.
 */
export function keepLive(find, { before = () => {}, after = () => {}, state = () => {} } = {}) {
  let tag;
  let asked;
  let failures = 0;
  async function turn() {
    const element = find();
    const url = element?.dataset.live;
    if (!url) return;
    if (url !== asked) tag = undefined;
    asked = url;
    try {
      const part = document.hidden ? null : await fetchPart(url, { tag });
      failures = 0;
      state('live');
      if (part && find()?.dataset.live === url) {
        tag = before(element, part.element) === false ? undefined : part.tag;
        morph(element, part.element);
        tellTimes(element);
        after(find());
      }
    } catch {
      failures += 1;
      state('lost');
    }
    const pace = Number(find()?.dataset.pace ?? 4000);
    setTimeout(turn, Math.min(SLOWEST_MS, pace * 2 ** Math.min(failures, 4)));
  }
  document.addEventListener('visibilitychange', () => { if (!document.hidden) tag = undefined; });
  if (find()?.dataset.live) setTimeout(turn, Number(find().dataset.pace ?? 4000));
}

/** Say it to those who listen to the page. */
export function say(text) {
  document.getElementById('said').textContent = text;
}
