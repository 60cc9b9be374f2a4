/* Packets: a ladder per connection. */

const LADDER_MOST = 150;

function packetsOf(details) {
	const lines = (details.packets || '').split('\n').filter(Boolean);

	if (!lines.length) return { list: [], leftOut: 0 };
	const [start, leftOut] = lines[0].split('\t');
	const shift = Number(BigInt(start) - BigInt(details.began_ns)) / 1e3;
	const time = text => text === '' ? null : shift + text / 1e3;
	const list = lines.slice(1).map(line => {
		const f = line.split('\t');

		return { left: time(f[0]), arrived: time(f[1]), from: f[2], to: f[3], fate: f[4], size: +f[5], kind: f[6], source: f[7], target: f[8],
			flags: +f[9], seq: +f[10], ack: +f[11], payload: +f[12], text: f[13], comment: f[14] || '' };
	});
	for (const packet of list) packet.at = packet.left ?? packet.arrived;
	return { list, leftOut: +leftOut };
}

const isOdd = packet => !['arrived', 'nobody'].includes(packet.fate) || packet.comment || packet.flags & 4;

function connections(list) {
	const found = new Map();

	for (const packet of list) {
		const ends = [packet.source, packet.target].sort();
		const key = packet.kind === 'arp' ? 'ARP' : `${packet.kind.toUpperCase()}  ${ends[0]} ⇄ ${ends[1]}`;

		if (!found.has(key)) found.set(key, { key, list: [], odd: 0 });
		found.get(key).list.push(packet);
		if (isOdd(packet)) found.get(key).odd++;
	}
	return [...found.values()];
}

/* ---- A ladder ---- */

const FATES = { lost: 'not seen arriving', again: 'again', changed: 'arrived changed', shorter: 'arrived cut short', unsent: 'not seen leaving' };

/* What stands beside a rung. In a ladder of one connection the arrow says from whom to whom. */
function rungText(packet, alone) {
	const ends = `${packet.source} > ${packet.target} `, took = packet.arrived - packet.left;
	const text = alone && packet.text.startsWith(ends) ? packet.text.slice(ends.length).replace(/^(TCP|UDP) /, '') : packet.text;
	const parts = [text];

	if (packet.left !== null && packet.arrived !== null && took >= 1000) parts.push(`after ${duration(took)}`);
	if (FATES[packet.fate]) parts.push(FATES[packet.fate]);
	if (packet.comment) parts.push(packet.comment);
	return parts.join(' · ');
}

function rung(packet, y, column, words, beside) {
	const known = packet.from && packet.to, lost = packet.fate === 'lost';
	const a = packet.from ? column(packet.from) : column(packet.to) - 60, full = packet.to ? column(packet.to) : a + 60;
	const b = lost ? a + (full - a) * .55 : full;
	const colour = lost || packet.flags & 4 ? 'var(--fail)' : isOdd(packet) ? 'var(--flaky)' : 'var(--accent)';

	return draw('g', {}, draw('title', {}, `${packet.from || '?'} → ${packet.to || '?'}, ${packet.size} bytes\n${packet.text}`),
		draw('text', { x: words.time, y: y + 4, 'text-anchor': words.end ? 'end' : null, class: 'small' }, clock(Math.max(0, packet.at))),
		draw('line', { x1: a, x2: b, y1: y, y2: y, stroke: colour, 'stroke-width': 1.8, 'stroke-dasharray': known ? null : '4 3' }),
		lost ? draw('text', { x: b, y: y + 5, 'text-anchor': 'middle', style: `fill:${colour};font-weight:700` }, '✕') : arrowHead(b, y, b < a ? Math.PI : 0, colour),
		draw('text', { x: words.x, y: y + words.below, class: 'mono', style: isOdd(packet) ? `fill:${colour}` : null }, beside));
}

/* On a phone what is said of a packet stands below its arrow. */
function ladderPicture(shown, alone) {
	const narrow = isNarrow(), step = narrow ? 40 : 23, head = 36, left = narrow ? 66 : 76, hosts = [];

	for (const packet of shown)
		for (const end of [packet.from, packet.to])
			if (end && !hosts.includes(hostOf(end))) hosts.push(hostOf(end));
	const gap = narrow ? Math.max(66, Math.min(150, (innerWidth - 230) / Math.max(1, hosts.length - 1))) : Math.max(140, ...hosts.map(host => host.length * 8 + 20));
	const column = name => left + 44 + hosts.indexOf(hostOf(name)) * gap, last = left + 44 + (hosts.length - 1) * gap;
	const words = narrow ? { x: 6, below: 20, time: 6 } : { x: last + 34, below: 4, time: left, end: true };
	const texts = shown.map(packet => rungText(packet, alone)), wide = Math.max(...texts.map(text => text.length), 10) * 7;
	const high = head + shown.length * step + 8;

	return draw('svg', { width: narrow ? Math.max(last + 40, wide + 16) : words.x + wide + 20, height: high, role: 'img', 'aria-label': `Packet ladder of ${plural(shown.length, 'packet')}` },
		hosts.map(host => [draw('line', { x1: column(host), x2: column(host), y1: head - 8, y2: high, class: 'life' }),
			draw('text', { x: column(host), y: 18, 'text-anchor': 'middle', style: 'font-weight:600' }, host)]).flat(),
		shown.map((packet, i) => rung(packet, head + i * step + 8, column, words, texts[i])));
}

function ladder(packets, alone, most = LADDER_MOST) {
	const region = scroller('Packets', ladderPicture(packets.slice(0, most), alone));
	const more = packets.length > most && make('p', {}, make('button', { type: 'button', onclick: () => {
		region.replaceChildren(ladderPicture(packets, alone));
		more.remove();
	} }, `Show all ${packets.length} packets`));

	region.classList.add('tall');
	return [region, more];
}

function packetSection(details) {
	const { list, leftOut } = packetsOf(details), owner = addressesOf(details);

	if (!list.length) return [];
	const found = connections(list), place = make('div', {});
	const start = [c => c.odd && c.key !== 'ARP', c => c.key !== 'ARP', () => true].map(wanted => found.findIndex(wanted)).find(i => i >= 0);
	const show = which => {
		const packets = which < 0 ? list : found[which].list;

		place.replaceChildren(...[ladder(packets, which >= 0), plots(packets, owner)].flat().filter(Boolean));
	};
	const select = make('select', { 'aria-label': 'Connection', onchange: () => show(+select.value) },
		found.map((c, i) => make('option', { value: i, selected: i === start ? '' : null }, `${c.key} — ${plural(c.list.length, 'packet')}${c.odd ? `, ${c.odd} odd` : ''}`)),
		make('option', { value: -1 }, `all — ${plural(list.length, 'packet')}`));

	show(start);
	return [make('h2', {}, 'Packets'), make('div', { class: 'row' }, select, leftOut > 0 && make('span', { class: 'note' }, `${leftOut} packets in the middle are left out here`)), place];
}
