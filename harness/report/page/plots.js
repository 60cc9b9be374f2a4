/* Plots over time: round trips, throughput, what is under way. */

const PLOT_COLOURS = ['var(--accent)', 'var(--flaky)', 'var(--pass)', 'var(--error)'];

/* 1, 2, 5, 10, … */
function nice(most) {
	const power = 10 ** Math.floor(Math.log10(most || 1)), part = most / power;

	return (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10) * power;
}

/* Times that differ are written differently. */
function timesOf(from, to) {
	const [unit, size] = to < 1e6 ? ['ms', 1e3] : ['s', 1e6], step = nice((to - from) / 4);
	const digits = Math.max(0, Math.min(4, -Math.floor(Math.log10(step / size))));
	const times = [];

	for (let at = Math.ceil(from / step) * step; at <= to; at += step)
		times.push({ at, text: `${(at / size).toFixed(digits)} ${unit}` });
	return times.length > 4 ? times.filter((time, i) => i % 2 === 0) : times;
}

function pathOf(series, x, y) {
	return series.points.map(([at, value], i) =>
		!i ? `M${x(at)},${y(value)}` : series.steps ? `H${x(at)}V${y(value)}` : `L${x(at)},${y(value)}`).join('');
}

/* series: {name, points: [[µs, value]], dots, steps}; `print` writes a value. */
function plot(title, unit, series, print) {
	const all = series.flatMap(s => s.points), w = 460, h = 180, left = 60, right = 12, high = 10, low = 26;
	const x0 = Math.min(...all.map(p => p[0])), x1 = Math.max(...all.map(p => p[0]), x0 + 1), y1 = nice(Math.max(...all.map(p => p[1])));
	const x = v => +(left + (w - left - right) * (v - x0) / (x1 - x0)).toFixed(1), y = v => +(h - low - (h - high - low) * v / y1).toFixed(1);
	const picture = draw('svg', { viewBox: `0 0 ${w} ${h}`, role: 'img', 'aria-label': title },
		[0, .5, 1].map(part => [draw('line', { x1: left, x2: w - right, y1: y(y1 * part), y2: y(y1 * part), class: part ? 'grid' : 'axis' }),
			draw('text', { x: left - 8, y: y(y1 * part) + 4, 'text-anchor': 'end', class: 'small' }, print(y1 * part))]).flat(),
		timesOf(x0, x1).map(({ at, text }) => [draw('line', { x1: x(at), x2: x(at), y1: h - low, y2: h - low + 4, class: 'axis' }),
			draw('text', { x: x(at), y: h - 7, 'text-anchor': x(at) > w - 40 ? 'end' : x(at) < left + 20 ? 'start' : 'middle', class: 'small' }, text)]).flat());

	series.forEach((s, i) => {
		const colour = PLOT_COLOURS[i % PLOT_COLOURS.length];

		picture.append(draw('path', { d: pathOf(s, x, y), fill: 'none', stroke: colour, 'stroke-width': 1.6, 'stroke-linejoin': 'round', opacity: s.dots ? .4 : 1 }),
			...(s.dots ? s.points.map(([at, value]) => draw('circle', { cx: x(at), cy: y(value), r: 2.4, fill: colour },
				draw('title', {}, `${clock(at)}: ${print(value)}`))) : []));
	});
	return make('figure', {}, make('figcaption', {}, make('b', {}, title), ` ${unit}`), picture,
		series.length > 1 && make('p', { class: 'key' }, series.map((s, i) => make('span', {}, make('i', { style: `border-color:${PLOT_COLOURS[i % PLOT_COLOURS.length]}` }), s.name))));
}

/* From a segment's leaving its own host to the acknowledgment's arrival there; of what was sent twice, nothing (Karn). */
function roundTrips(list, owner) {
	const waiting = {}, seen = {}, series = {};

	for (const packet of list) {
		if (packet.kind !== 'tcp') continue;
		const one = `${packet.source} ${packet.target}`, other = `${packet.target} ${packet.source}`;
		const length = packet.payload + (packet.flags & 2 ? 1 : 0) + (packet.flags & 1 ? 1 : 0);

		if (packet.left !== null && length && hostOf(packet.from) === owner[addressOf(packet.source)]) {
			const key = `${one} ${packet.seq + length}`;

			if (seen[key]) delete (waiting[one] || {})[packet.seq + length];
			else (waiting[one] = waiting[one] || {})[packet.seq + length] = packet.left;
			seen[key] = true;
		}
		if (packet.arrived !== null && packet.flags & 16 && hostOf(packet.to) === owner[addressOf(packet.target)])
			for (const [upTo, left] of Object.entries(waiting[other] || {}))
				if (+upTo <= packet.ack) {
					(series[other] = series[other] || []).push([packet.arrived, packet.arrived - left]);
					delete waiting[other][upTo];
				}
	}
	return Object.entries(series).map(([name, points]) => ({ name: name.replace(' ', ' → '), points, dots: true }));
}

/* At the hosts that they are for. */
function throughput(list, owner) {
	const arrivals = list.filter(p => p.arrived !== null && hostOf(p.to) === owner[addressOf(p.target)]);
	const bins = 50, x0 = Math.min(...arrivals.map(p => p.arrived)), x1 = Math.max(...arrivals.map(p => p.arrived));
	const width = (x1 - x0) / bins, series = {};

	if (!(width > 0)) return [];
	for (const p of arrivals) {
		const name = `${p.source} → ${p.target}`;

		series[name] = series[name] || new Array(bins + 1).fill(0);
		series[name][Math.floor((p.arrived - x0) / width)] += p.size;
	}
	return Object.entries(series).map(([name, sums]) => ({ name, steps: true, points: sums.map((sum, i) => [x0 + i * width, sum * 8 / (width / 1e6)]) }));
}

/* How many packets of a direction have left and not yet arrived. */
function queues(list) {
	const events = {};

	for (const p of list) {
		if (p.left === null || p.arrived === null || !p.from || !p.to) continue;
		const name = `${hostOf(p.from)} → ${hostOf(p.to)}`;

		(events[name] = events[name] || []).push([p.left, 1], [p.arrived, -1]);
	}
	return Object.entries(events).map(([name, changes]) => {
		let under = 0;

		changes.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
		return { name, steps: true, points: changes.map(([at, change]) => [at, under += change]) };
	}).filter(s => Math.max(...s.points.map(p => p[1])) > 1);
}

function plots(list, owner) {
	const most = PLOT_COLOURS.length;
	const trips = roundTrips(list, owner).filter(s => s.points.length > 1).slice(0, most), under = queues(list).slice(0, most);
	const rates = throughput(list, owner).slice(0, most), made = [];

	if (trips.length) made.push(plot('Round-trip time', 'of TCP', trips, duration));
	if (rates.length && list.length > 5) made.push(plot('Throughput', 'bit/s, as it arrived', rates, bits));
	if (under.length) made.push(plot('Queue', 'packets under way on a link', under, v => `${+v.toFixed(1)}`));
	return made.length ? [make('div', { class: 'plots' }, made)] : [];
}
