/* Making elements, and words for numbers. */

function fill(element, attributes, children) {
	for (const [name, value] of Object.entries(attributes || {}))
		if (name.startsWith('on'))
			element.addEventListener(name.slice(2), value);
		else if (value !== undefined && value !== null && value !== false)
			element.setAttribute(name, value);
	for (const child of children.flat())
		if (child !== null && child !== undefined && child !== false)
			element.append(child);
	return element;
}
const make = (tag, attributes, ...children) =>
	fill(document.createElement(tag), attributes, children);
const draw = (tag, attributes, ...children) =>
	fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
const byId = id => document.getElementById(id);
const read = element => element ? JSON.parse(element.textContent) : null;

/* What is too wide or too long scrolls by itself, with the keyboard too. */
const scroller = (label, ...children) =>
	make('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }, children);

const isNarrow = () => innerWidth < 600;

function duration(us) {
	if (us < 1000) return `${Math.round(us)} µs`;
	if (us < 1e6) return `${(us / 1e3).toFixed(us < 1e5 ? 1 : 0)} ms`;
	if (us < 6e7) return `${(us / 1e6).toFixed(1)} s`;
	return `${Math.floor(us / 6e7)} min ${Math.round(us / 1e6) % 60} s`;
}
/* On one clock: always of the same form. */
const clock = us => `${(us / 1e6).toFixed(us < 1e7 ? 4 : 3)} s`;
const plural = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;

function bits(rate) {
	for (const [size, unit] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']])
		if (rate >= size) return `${+(rate / size).toFixed(1)} ${unit}`;
	return `${Math.round(rate)}`;
}

const hostOf = name => name.split(':')[0];
const addressOf = end => end.replace(/^\[|\]?:\d+$|\]$/g, '');

/* Which host has which address. */
function addressesOf(details) {
	const owner = {};

	for (const link of details.links)
		for (const [host, list] of [[link.a, link.a_address], [link.b, link.b_address]])
			for (const address of (list || '').split(/[ ,]+/))
				if (address) owner[address.split('/')[0]] = host;
	return owner;
}

function arrowHead(x, y, angle, colour) {
	const at = a => `${x - 10 * Math.cos(angle + a)},${y - 10 * Math.sin(angle + a)}`;

	return draw('polygon', { points: `${x},${y} ${at(.4)} ${at(-.4)}`, fill: colour });
}

/* A picture takes the room it needs, which is known once it is drawn; `least` is how narrow it
 * may become before it scrolls. */
function fitPicture(picture, least) {
	requestAnimationFrame(() => {
		const box = picture.getBBox(), pad = 16, wide = box.width + 2 * pad;

		if (!box.width) return;
		picture.setAttribute('viewBox', `${box.x - pad} ${box.y - pad} ${wide} ${box.height + 2 * pad}`);
		picture.removeAttribute('width');
		picture.removeAttribute('height');
		picture.style.cssText = `width:100%;max-width:${wide}px;min-width:${Math.min(wide, Math.max(least, .7 * wide))}px;height:auto;margin:0 auto`;
	});
	return picture;
}
