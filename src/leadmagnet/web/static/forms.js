// Forms: examples at a click, nothing sent twice.
export function startForms() {
  document.querySelector('[data-focus]')?.focus();
  document.addEventListener('click', (event) => {
    if (!event.target.closest('[data-fill]')) return;
    event.preventDefault();
    const fields = [...document.querySelectorAll('[data-example]')];
    for (const field of fields) if (!field.value && field.dataset.example) field.value = field.dataset.example;
    fields[0]?.focus();
  });
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-sure]');
    if (button && !confirm(button.dataset.sure)) event.preventDefault();
  });
  for (const form of document.querySelectorAll('[data-once]')) {
    form.addEventListener('submit', () => {
      // After this turn: a button that is disabled at once would not be sent.
      setTimeout(() => { for (const each of form.querySelectorAll('[data-submit]')) each.disabled = true; });
    });
  }
  // Coming back by the browser's own button shows the page as it was left: buttons must work again.
  window.addEventListener('pageshow', () => {
    for (const each of document.querySelectorAll('[data-submit][disabled]')) each.disabled = false;
  });
  for (const each of document.querySelectorAll('[data-submits]')) {
    each.addEventListener('change', () => each.form.requestSubmit());
  }
}
