// Rows of the table of jobs stay where they are while somebody is about to click one: what is new waits behind a button.
import { say } from './live.js';
import { goTo } from './keys.js';
import { morph } from './morph.js';
import { tellTimes } from './times.js';

const table = () => document.getElementById('jobs');
const button = () => document.querySelector('[data-newer]');
const rows = (root) => [...root.querySelectorAll('tr[data-id]')];
const ids = (root) => rows(root).map((row) => row.dataset.id);
/** The table with what waits, as the server gave it last; null if nothing waits. */
let waiting = null;
let added = [];

/** Whether rows that move now would move away under somebody's hand or eye. */
function inUse() {
  const used = [table(), button()].some((each) => each.matches(':hover') || each.contains(document.activeElement));
  return used || scrollY > 120;
}

function tell(fresh, newIds) {
  const many = `${newIds.length} new ${newIds.length === 1 ? 'job' : 'jobs'}`;
  if (newIds.length && String(newIds) !== String(added)) say(many);
  [waiting, added] = [fresh, newIds];
  // Only what changed is written: a text that is replaced takes the selection and a press of the mouse with it.
  if (newIds.length && button().textContent !== `Show ${many}`) button().textContent = `Show ${many}`;
  button().hidden = !newIds.length;
}

/** Nothing waits any more. */
export function forgetNewer() {
  tell(null, []);
}

function markFresh(root, newIds) {
  for (const id of newIds) root.querySelector(`#job-${CSS.escape(id)}`)?.classList.add('fresh');
}

/** Put rows that the list no longer has back where they stand; false if there are none. */
function keepGone(section, fresh) {
  const listed = new Set(ids(fresh));
  const shown = rows(section);
  const last = shown.findLastIndex((row) => listed.has(row.dataset.id));
  const body = fresh.querySelector('tbody');
  if (!body || last < 0) return false;
  let before = null;
  let kept = false;
  for (const [place, row] of shown.entries()) {
    if (listed.has(row.dataset.id)) {
      before = fresh.querySelector(`#job-${CSS.escape(row.dataset.id)}`);
      continue;
    }
    const copy = row.cloneNode(true);
    copy.classList.remove('here', 'fresh');
    // What stands below all others was pushed off by what is new; what stands between them left the list.
    copy.classList.toggle('gone', place < last);
    body.insertBefore(copy, before ? before.nextSibling : body.firstChild);
    before = copy;
    kept = true;
  }
  return kept;
}

/** Keep all rows in their places while the table is in use; false if something waits. */
export function holdBack(section, fresh) {
  const shown = new Set(ids(section));
  const newIds = shown.size ? ids(fresh).filter((id) => !shown.has(id)) : [];
  if (!inUse()) {
    forgetNewer();
    markFresh(fresh, newIds);
    return true;
  }
  tell(newIds.length ? fresh.cloneNode(true) : null, newIds);
  for (const id of newIds) fresh.querySelector(`#job-${CSS.escape(id)}`).remove();
  const kept = keepGone(section, fresh);
  return !newIds.length && !kept;
}

export function startNewer() {
  button()?.addEventListener('click', () => {
    if (!waiting) return;
    const [fresh, newIds] = [waiting, added];
    forgetNewer();
    markFresh(fresh, newIds);
    morph(table(), fresh);
    tellTimes(table());
    goTo(table().querySelector('tr[data-row]'));
    document.dispatchEvent(new Event('rows-changed'));
  });
}
