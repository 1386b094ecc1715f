// Tells moments in the reader's own time, and how long something has been running.
const DAY_S = 86_400;
const SHORT = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

function ago(moment) {
  const seconds = (Date.now() - moment) / 1000;
  if (seconds < -60 || seconds > DAY_S) return SHORT.format(moment);
  if (seconds < 45) return 'just now';
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}

function lasting(moment) {
  const seconds = Math.max(0, Math.floor((Date.now() - moment) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) return `${hours} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Tell every moment within `root`. */
export function tellTimes(root = document) {
  for (const each of root.querySelectorAll('time[data-when], time[data-since]')) {
    const moment = new Date(each.dateTime);
    const text = 'since' in each.dataset ? lasting(moment) : ago(moment);
    if (each.textContent !== text) each.textContent = text;
    if (!each.title) each.title = LONG.format(moment);
  }
}

export function startTimes() {
  tellTimes();
  setInterval(tellTimes, 1000);
}
