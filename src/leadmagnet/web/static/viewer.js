// Pictures at full size: arrow keys turn them over, Escape closes.
const viewer = () => document.getElementById('viewer');
let pictures = [];
let at = 0;

function show(index) {
  at = (index + pictures.length) % pictures.length;
  const picture = pictures[at];
  viewer().querySelector('img').src = picture.href;
  viewer().querySelector('img').alt = picture.dataset.picture;
  viewer().querySelector('figcaption').textContent = `${picture.dataset.picture} · ${at + 1} of ${pictures.length}`;
  for (const each of viewer().querySelectorAll('.previous, .next')) each.hidden = pictures.length < 2;
}

export function startViewer() {
  if (!viewer()) return;
  document.addEventListener('click', (event) => {
    const picture = event.target.closest('[data-picture]');
    if (!picture || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    pictures = [...document.querySelectorAll('[data-picture]')];
    show(pictures.indexOf(picture));
    viewer().showModal();
  });
  viewer().addEventListener('click', (event) => {
    if (event.target.closest('.previous')) show(at - 1);
    else if (event.target.closest('.next')) show(at + 1);
    else if (!event.target.closest('img, form')) viewer().close();
  });
  viewer().addEventListener('keydown', (event) => {
    if (event.key === 'ArrowLeft') show(at - 1);
    if (event.key === 'ArrowRight') show(at + 1);
  });
}
