// Copies ids, keys and whole values.
import { say } from './live.js';

const MOST_BYTES = 20_000_000;

/** Show a sentence for a moment. */
export function toast(text) {
  document.querySelector('.toast')?.remove();
  const note = Object.assign(document.createElement('div'), { className: 'toast', textContent: text });
  document.body.append(note);
  say(text);
  setTimeout(() => note.remove(), 2200);
}

export async function copyText(text, what = 'Copied') {
  try {
    await navigator.clipboard.writeText(text);
    toast(what);
  } catch {
    toast('The browser does not let this page copy; select the text instead.');
  }
}

async function copyFrom(button) {
  if (Number(button.dataset.copyBytes) > MOST_BYTES) {
    toast('Too large for the clipboard; download it instead.');
    return;
  }
  const answer = await fetch(button.dataset.copyFrom, { credentials: 'same-origin' });
  if (answer.ok) await copyText(await answer.text());
  else toast('It could not be fetched; try again.');
}

export function startCopying() {
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-copy], [data-copy-from]');
    if (button?.dataset.copy) copyText(button.dataset.copy, `Copied ${button.dataset.copy}`);
    else if (button) copyFrom(button);
  });
}
