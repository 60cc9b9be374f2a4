/* The network: hosts and links, what impairs them, and verdicts as arrows. */

const COLOURS = { open: 'var(--pass)', refused: 'var(--flaky)', rejected: 'var(--fail)', dropped: 'var(--fail)' };
const NODE_HIGH = 40;
const nodeWidth = name => Math.max(84, name.length * 8 + 24);

/* As Graphviz has put them; without it, in a circle. On a phone what would go to the right goes
 * down. */
function layOut(details) {
	const places = {};
	let high = 0;

	for (const line of (details.layout || '').split('\n')) {
		const words = line.split(' ');

		if (words[0] === 'graph') high = words[3] * 96;
		if (words[0] === 'node')
			places[words[1].replace(/"/g, '')] = { x: words[2] * 96, y: high - words[3] * 96 };
	}
	if (!Object.keys(places).length) {
		const n = details.hosts.length, r = n < 3 ? 140 : Math.max(140, n * 34);

		details.hosts.forEach((host, i) => {
			const angle = 2 * Math.PI * i / n + Math.PI;

			places[host.name] = { x: r * Math.cos(angle), y: n < 3 ? 0 : r * Math.sin(angle) };
		});
	} else if (isNarrow()) {
		for (const place of Object.values(places))
			[place.x, place.y] = [place.y * 1.4, place.x * .62];
	}
	return places;
}

/* Text on paper of its own, so that no line goes through it. */
function label(x, y, lines, anchor, attributes, title) {
	const wide = Math.max(...lines.map(line => line.length)) * 6.3 + 10, high = lines.length * 15 + 4;
	const left = anchor === 'middle' ? x - wide / 2 : anchor === 'start' ? x - 5 : x - wide + 5;

	return draw('g', {}, title && draw('title', {}, title),
		draw('rect', { x: left, y: y - high / 2, width: wide, height: high, rx: 5, class: 'plate' }),
		lines.map((line, i) => draw('text', { x, y: y - high / 2 + 14 + i * 15, 'text-anchor': anchor, ...attributes }, line)));
}

/* ---- Links ---- */

/* At most some signs a line, broken behind commas. */
function breakLines(text, most) {
	const lines = [''];

	for (const part of text.split(/(?<=,) /))
		if (lines.at(-1) && (lines.at(-1) + part).length > most) lines.push(part);
		else lines[lines.length - 1] += (lines.at(-1) ? ' ' : '') + part;
	return lines.length > 4 ? [...lines.slice(0, 3), '…'] : lines;
}

function impairmentsOf(details, link) {
	return (details.impairments || []).filter(i => (i.asked !== 'none' || i.lost) &&
		((i.from === link.a && i.to === link.b) || (i.from === link.b && i.to === link.a)));
}

function impairmentLabels(impaired, places) {
	const [one, other] = impaired;
	const alike = other && one.asked === other.asked && !one.lost && !other.lost;

	return (alike ? [one] : impaired).map((i, n, all) => {
		const from = places[i.from], to = places[i.to], upright = Math.abs(from.x - to.x) < 60;
		const sign = alike ? '⇄' : upright ? (to.y > from.y ? '↓' : '↑') : to.x > from.x ? '→' : '←';
		const lines = breakLines(`${sign} ${i.asked === 'none' ? '' : i.asked}`, 22);
		const shift = all.length < 2 ? 0 : (n ? 1 : -1) * (lines.length * 7.5 + 5);

		if (i.lost) lines.push(`${i.lost} of ${i.came} lost`);
		return label((from.x + to.x) / 2, (from.y + to.y) / 2 + shift, lines, 'middle', { class: 'small' },
			`${i.from} → ${i.to}: ${i.asked}; ${i.lost} of ${i.came} packets lost; engine ${i.engine}`);
	});
}

/* ---- Verdicts ---- */

const what = question => (question || '').split(' ').slice(3).join(' ');

/* The same answer to several questions about the same two hosts is one arrow. */
function arrowsOf(details, places) {
	const owner = addressesOf(details), found = new Map();

	for (const step of details.steps) {
		const to = places[step.to] ? step.to : owner[step.to];

		if (!step.verdict || !places[step.from] || !to || to === step.from) continue;
		const key = [step.from, to, step.verdict, step.held].join(' ');

		if (!found.has(key)) found.set(key, { from: step.from, to, verdict: step.verdict, held: step.held, asked: new Set(), titles: [] });
		found.get(key).asked.add(what(step.question));
		found.get(key).titles.push(`${step.question}: ${step.verdict}${step.held ? '' : `, expected ${step.expected}`}`);
	}
	return [...found.values()];
}

/* How far it must bend to pass the other hosts on its side. */
function bendPast(a, b, normal, least, others) {
	const long = Math.hypot(b.x - a.x, b.y - a.y) || 1;
	let bend = least;

	for (const other of others) {
		const dx = other.x - a.x, dy = other.y - a.y;
		const t = (dx * (b.x - a.x) + dy * (b.y - a.y)) / long / long, away = dx * normal.x + dy * normal.y;
		const half = Math.abs(normal.x) * other.wide / 2 + Math.abs(normal.y) * (NODE_HIGH / 2 + 14) + 10;
		const share = 2 * t * (1 - t);

		if (t < .12 || t > .88 || away < -half || share * bend > away + half) continue;
		if (share * bend > away - half) bend = (away + half) / share;
	}
	return bend;
}

/* Where the way from its middle to a point leaves a host. */
function border(from, to, wide) {
	const dx = to.x - from.x, dy = to.y - from.y;
	const scale = 1 / Math.max(Math.abs(dx) / (wide / 2 + 3), Math.abs(dy) / (NODE_HIGH / 2 + 3), .001);

	return { x: from.x + dx * Math.min(1, scale), y: from.y + dy * Math.min(1, scale) };
}

function verdictArrow(arrow, nth, places) {
	const a = places[arrow.from], b = places[arrow.to], long = Math.hypot(b.x - a.x, b.y - a.y) || 1;
	const normal = { x: (b.y - a.y) / long, y: -(b.x - a.x) / long };
	const others = Object.entries(places).filter(([name]) => name !== arrow.from && name !== arrow.to)
		.map(([name, place]) => ({ ...place, wide: nodeWidth(name) }));
	const bend = bendPast(a, b, normal, 62 + nth * 46, others);
	const control = { x: (a.x + b.x) / 2 + normal.x * bend, y: (a.y + b.y) / 2 + normal.y * bend };
	const begin = border(a, control, nodeWidth(arrow.from)), end = border(b, control, nodeWidth(arrow.to));
	const colour = COLOURS[arrow.verdict] || 'var(--skip)';
	const peak = { x: (begin.x + 2 * control.x + end.x) / 4, y: (begin.y + 2 * control.y + end.y) / 4 };
	const side = Math.abs(normal.x) > .8, asked = [...arrow.asked];
	const text = `${arrow.held ? '' : '✗ '}${asked.slice(0, 3).join(', ')}${asked.length > 3 ? ` +${asked.length - 3}` : ''} ${arrow.verdict}`;

	return [draw('g', {}, draw('title', {}, arrow.titles.join('\n')),
		draw('path', { d: `M${begin.x},${begin.y} Q${control.x},${control.y} ${end.x},${end.y}`, fill: 'none', stroke: colour,
			'stroke-width': arrow.held ? 2 : 2.6, 'stroke-dasharray': arrow.held ? null : '7 5', 'stroke-linecap': 'round' }),
		arrowHead(end.x, end.y, Math.atan2(end.y - control.y, end.x - control.x), colour)),
	label(peak.x + (side ? Math.sign(normal.x) * 12 : 0), peak.y + (side ? 0 : Math.sign(normal.y || -1) * 9), [text],
		side ? (normal.x > 0 ? 'start' : 'end') : 'middle', { style: `fill:${colour};font-weight:${arrow.held ? 500 : 700}` }, arrow.titles.join('\n'))];
}

/* Of many answers a picture shows those that were wrong; the table has them all. */
const ARROWS_MOST = 8;

function verdictArrows(arrows, places) {
	const shown = arrows.length > ARROWS_MOST ? arrows.filter(arrow => !arrow.held).slice(0, ARROWS_MOST) : arrows, before = {};

	return shown.flatMap(arrow => {
		const pair = `${arrow.from} ${arrow.to}`;

		before[pair] = (before[pair] ?? -1) + 1;
		return verdictArrow(arrow, before[pair], places);
	});
}

/* tcp/22, tcp/80, icmp: as "tcp/22 80, icmp". */
function shortly(asked) {
	const ports = new Map();

	for (const one of asked) {
		const [, protocol, port, rest] = one.match(/^(tcp|udp)\/(\S+)(.*)$/) || [null, one, '', ''];
		const key = protocol + rest;

		if (!ports.has(key)) ports.set(key, { protocol, rest, list: [] });
		if (port) ports.get(key).list.push(port);
	}
	return [...ports.values()].map(({ protocol, rest, list }) => `${protocol}${list.length ? '/' : ''}${list.join(' ')}${rest}`).join(', ');
}

/* Who reached whom: from the left to the top. */
function answerTable(arrows) {
	const from = [...new Set(arrows.map(arrow => arrow.from))], to = [...new Set(arrows.map(arrow => arrow.to))];
	const cell = (one, other) => arrows.filter(arrow => arrow.from === one && arrow.to === other).map(arrow =>
		make('div', { title: arrow.titles.join('\n'), class: arrow.held ? null : 'wrong' },
			make('b', { style: `color:${COLOURS[arrow.verdict] || 'var(--skip)'}` }, `${arrow.held ? '' : '✗ '}${arrow.verdict}`), ' ', shortly(arrow.asked)));

	return scroller('Who reached whom', make('table', { class: 'answers' },
		make('thead', {}, make('tr', {}, make('th', {}, 'from ↓  to →'), to.map(name => make('th', {}, name)))),
		make('tbody', {}, from.map(one => make('tr', {}, make('th', { scope: 'row' }, one), to.map(other => make('td', {}, cell(one, other))))))));
}

/* ---- Hosts ---- */

function hostShape(host, { x, y }, addresses) {
	const w = nodeWidth(host.name), isSwitch = host.kind === 'switch';
	const shown = addresses.length > 2 ? [addresses[0], `and ${addresses.length - 1} more`] : addresses;

	return draw('g', {}, draw('title', {}, [`${host.name}: ${host.kind}`, ...addresses].join('\n')),
		draw('rect', { x: x - w / 2, y: y - NODE_HIGH / 2, width: w, height: NODE_HIGH, rx: isSwitch ? 2 : host.kind === 'host' ? 8 : NODE_HIGH / 2, class: 'node' }),
		isSwitch && draw('line', { x1: x - w / 2 + 8, x2: x + w / 2 - 8, y1: y + 13, y2: y + 13, class: 'ports' }),
		draw('text', { x, y: y + (isSwitch ? 2 : 5), 'text-anchor': 'middle', style: 'font-weight:600' }, host.name),
		shown.length ? label(x, y + NODE_HIGH / 2 + 5 + shown.length * 7.5, shown, 'middle', { class: 'small' }) : null);
}

function network(details) {
	const places = layOut(details), owner = addressesOf(details);
	const arrows = arrowsOf(details, places), many = arrows.length > ARROWS_MOST;
	const drawn = many ? arrows.filter(arrow => !arrow.held) : arrows, used = [...new Set(drawn.map(arrow => arrow.verdict))];
	const wires = [], labels = [];
	let impairs = false;

	for (const link of details.links) {
		const a = places[link.a], b = places[link.b], impaired = impairmentsOf(details, link);

		if (!a || !b) continue;
		impairs ||= impaired.length > 0;
		wires.push(draw('line', { x1: a.x, y1: a.y, x2: b.x, y2: b.y, class: impaired.length ? 'wire impaired' : 'wire' }));
		labels.push(impairmentLabels(impaired, places));
	}
	const nodes = details.hosts.filter(host => places[host.name]).map(host =>
		hostShape(host, places[host.name], Object.keys(owner).filter(address => owner[address] === host.name)));
	const picture = draw('svg', { role: 'img', 'aria-label': 'The network: hosts, links, what was asked and answered' },
		wires, labels.flat(), nodes, verdictArrows(arrows, places));
	const sign = (text, style) => make('span', {}, make('i', { style }), text);

	return [scroller('The network', fitPicture(picture, 320)),
		make('p', { class: 'key' }, used.map(verdict => sign(verdict, `border-color:${COLOURS[verdict] || 'var(--skip)'}`)),
			drawn.some(arrow => !arrow.held) && sign('not what was expected', 'border-top-style:dashed'),
			impairs && sign('impaired link', 'border-color:var(--flaky);border-top-style:dashed')),
		many && answerTable(arrows)];
}
