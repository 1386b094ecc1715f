// The editor of workflows: line numbers keep up with the text, and a mistake leads to its line.
export function startEditor() {
  const text = document.querySelector('[data-code]');
  if (!text) return;
  const numbers = document.querySelector('.numbers');
  text.addEventListener('input', () => {
    const lines = text.value.split('\n').length;
    text.rows = lines + 1;
    while (numbers.children.length > lines) numbers.lastElementChild.remove();
    while (numbers.children.length < lines) {
      numbers.append(Object.assign(document.createElement('li'), { textContent: numbers.children.length + 1 }));
    }
  });
  document.addEventListener('click', (event) => {
    const line = event.target.closest('[data-line]')?.dataset.line;
    if (!line) return;
    event.preventDefault();
    const before = text.value.split('\n').slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
    const end = text.value.indexOf('\n', before);
    text.focus({ preventScroll: true });
    text.setSelectionRange(before, end < 0 ? text.value.length : end);
    numbers.children[line - 1]?.scrollIntoView({ block: 'center' });
  });
}
