'use strict';
addEventListener('DOMContentLoaded', () => {
	const MARKS = { pass: '✓', fail: '✗', error: '!', flaky: '≈', skip: '–' };
	const WORDS = { fail: 'failed', error: 'could not run', flaky: 'flaky', skip: 'skipped', pass: 'passed' };
	const COLOURS = { open: 'var(--pass)', refused: 'var(--flaky)', rejected: 'var(--fail)', dropped: 'var(--fail)' };
	const LADDER_MOST = 150, LOG_MOST = 400, TRACE_MOST = 100;

	/* ---- Making elements ---- */

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

	function duration(us) {
		if (us < 1000) return `${Math.round(us)} µs`;
		if (us < 1e6) return `${(us / 1e3).toFixed(us < 1e5 ? 1 : 0)} ms`;
		if (us < 6e7) return `${(us / 1e6).toFixed(1)} s`;
		return `${Math.floor(us / 6e7)} min ${Math.round(us / 1e6) % 60} s`;
	}
	/* On one clock: always of the same form. */
	const clock = us => `${(us / 1e6).toFixed(us < 1e7 ? 4 : 3)} s`;
	const plural = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;

	/* ---- What the run wrote ---- */

	const read = element => element ? JSON.parse(element.textContent) : null;
	const run = read(byId('run')) || {};
	const end = read(byId('end'));
	const cases = [...document.querySelectorAll('script.case')].map((script, index) => {
		const result = JSON.parse(script.textContent);
		const next = script.nextElementSibling, details = next?.className === 'details' ? next : null;
		const layout = details?.nextElementSibling;

		return { index, result, details, layout: layout?.className === 'layout' ? layout : null };
	});
	const isBad = item => item.result.result === 'fail' || item.result.result === 'error';

	function reason(result) {
		if (result.expected && result.got)
			return `${result.question ? result.question + ': ' : ''}expected ${result.expected}, got ${result.got}`;
		return (result.message || '').split('\n')[0];
	}

	/* ---- The network ---- */

	function layOut(details) {
		const places = {};
		let width = 0, height = 0;

		for (const line of (details.layout || '').split('\n')) {
			const words = line.split(' ');

			if (words[0] === 'graph') { width = +words[2] * 96; height = +words[3] * 96; }
			if (words[0] === 'node')
				places[words[1].replace(/"/g, '')] = { x: +words[2] * 96, y: height - words[3] * 96 };
		}
		if (!Object.keys(places).length) { /* without Graphviz: a circle */
			const n = details.hosts.length, r = n < 3 ? 130 : Math.max(130, n * 34);

			details.hosts.forEach((host, i) => {
				const angle = 2 * Math.PI * i / n + Math.PI;

				places[host.name] = { x: r + 70 + r * Math.cos(angle), y: (n < 3 ? 40 : r + 40) + (n < 3 ? 0 : r * Math.sin(angle)) };
			});
			width = 2 * r + 140; height = n < 3 ? 80 : 2 * r + 80;
		}
		return { places, width, height };
	}

	function addressesOf(details) {
		const owner = {};

		for (const link of details.links)
			for (const [host, list] of [[link.a, link.a_address], [link.b, link.b_address]])
				for (const address of (list || '').split(/[ ,]+/))
					if (address) owner[address.split('/')[0]] = host;
		return owner;
	}

	function arrowHead(x, y, angle, colour) {
		const at = a => `${x - 11 * Math.cos(angle + a)},${y - 11 * Math.sin(angle + a)}`;

		return draw('polygon', { points: `${x},${y} ${at(.42)} ${at(-.42)}`, fill: colour });
	}

	/* A bow from one host to another, the more bent the more there are. */
	function bow(from, to, nth, colour, step) {
		const bend = nth * 44, t = [.5, .36, .64][(nth - 1) % 3];
		const dx = to.x - from.x, dy = to.y - from.y, long = Math.hypot(dx, dy) || 1;
		const nx = dy / long, ny = -dx / long;
		const edge = (p, sign) => ({ x: p.x + nx * 20 * Math.sign(bend) + sign * dx / long * 34, y: p.y + ny * 22 * Math.sign(bend) + sign * dy / long * 16 });
		const a = edge(from, 1), b = edge(to, -1);
		const mid = { x: (a.x + b.x) / 2 + nx * bend, y: (a.y + b.y) / 2 + ny * bend };
		const at = (p, q, r) => (1 - t) * (1 - t) * p + 2 * t * (1 - t) * q + t * t * r;
		const label = { x: at(a.x, mid.x, b.x), y: at(a.y, mid.y, b.y) };

		return draw('g', {},
			draw('title', {}, `${step.question}: ${step.verdict}${step.held ? '' : `, expected ${step.expected}`}`),
			draw('path', { d: `M${a.x},${a.y} Q${mid.x},${mid.y} ${b.x},${b.y}`, fill: 'none', stroke: colour, 'stroke-width': step.held ? 2 : 3.5, 'stroke-dasharray': step.held ? null : '8 5' }),
			arrowHead(b.x, b.y, Math.atan2(b.y - mid.y, b.x - mid.x), colour),
			draw('text', { x: label.x, y: label.y - 6, 'text-anchor': 'middle', class: 'halo', style: `fill:${colour}` },
				`${step.held ? '' : '✗ '}${what(step.question)} ${step.verdict}`));
	}
	const what = question => (question || '').split(' ').slice(3).join(' ');

	function shape(kind, x, y, w) {
		if (kind === 'switch')
			return draw('g', {}, draw('rect', { x: x - w / 2, y: y - 20, width: w, height: 40, class: 'node' }),
				draw('line', { x1: x - w / 2, x2: x + w / 2, y1: y + 15, y2: y + 15, class: 'wire', 'stroke-width': 1 }));
		return draw('rect', { x: x - w / 2, y: y - 20, width: w, height: 40, rx: kind === 'host' ? 7 : 20, class: 'node' });
	}

	function network(details) {
		const { places, width, height } = layOut(details);
		const owner = addressesOf(details), margin = 50;
		const asked = details.steps.filter(step => step.verdict);
		const bends = {}, wires = [], arrows = [], nodes = [], labels = [];
		let top = 0, bottom = 0;

		for (const link of details.links) {
			const a = places[link.a], b = places[link.b];
			const impaired = (details.impairments || []).filter(i => i.asked !== 'none' &&
				((i.from === link.a && i.to === link.b) || (i.from === link.b && i.to === link.a)));

			if (!a || !b) continue;
			wires.push(draw('line', { x1: a.x, y1: a.y, x2: b.x, y2: b.y, class: impaired.length ? 'wire impaired' : 'wire' }));
			const alike = impaired.length === 2 && impaired[0].asked === impaired[1].asked && !impaired[0].lost && !impaired[1].lost;
			for (const [n, i] of (alike ? impaired.slice(0, 1) : impaired).entries()) {
				const from = places[i.from], to = places[i.to];
				const sign = alike ? '⇄' : to.x > from.x + 1 ? '→' : to.x < from.x - 1 ? '←' : to.y > from.y ? '↓' : '↑';
				const text = `${sign} ${i.asked}`;

				labels.push(draw('text', { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 - 7 + (n ? 22 : 0), 'text-anchor': 'middle', class: 'small halo' },
					draw('title', {}, `${i.from} → ${i.to}: ${i.asked}; ${i.lost} of ${i.came} packets lost, engine ${i.engine}`),
					(text.length > 30 ? text.slice(0, 29) + '…' : text) + (i.lost ? ` (${i.lost} lost)` : '')));
			}
			bottom = Math.max(bottom, impaired.length * 15);
		}
		const seen = new Set();
		for (const step of asked) {
			const from = places[step.from], to = places[step.to] || places[owner[step.to]];
			const pair = [step.from, step.to].join(' '), same = pair + step.question + step.verdict + step.held;

			if (!from || !to || from === to || seen.has(same)) continue;
			seen.add(same);
			bends[pair] = (bends[pair] || 0) + 1;
			top = bottom = Math.max(top, bends[pair] * 34);
			arrows.push(bow(from, to, bends[pair], COLOURS[step.verdict] || 'var(--skip)', step));
		}
		for (const host of details.hosts) {
			const place = places[host.name];
			const own = Object.keys(owner).filter(address => owner[address] === host.name);
			const shown = own.length > 2 ? [...own.slice(0, 2), `+${own.length - 2}`] : own;

			if (!place) continue;
			const w = Math.max(84, host.name.length * 8 + 22);
			nodes.push(shape(host.kind, place.x, place.y, w),
				draw('text', { x: place.x, y: place.y + (host.kind === 'switch' ? 1 : 5), 'text-anchor': 'middle', style: 'font-weight:600' }, host.name));
			shown.forEach((address, n) => nodes.push(draw('text', { x: place.x, y: place.y + 35 + 13 * n, 'text-anchor': 'middle', class: 'small halo' }, address)));
		}
		const w = width + 2 * margin + 30, h = height + 2 * margin + top + bottom;
		const picture = draw('svg', { width: w, height: h, viewBox: `${-margin - 15} ${-margin - top} ${w} ${h}`, role: 'img', 'aria-label': 'The network: hosts, links, what was asked and answered', style: 'margin:0 auto' }, wires, arrows, nodes, labels);
		requestAnimationFrame(() => { /* what it really takes is known once it is drawn */
			const box = picture.getBBox(), pad = 14, wide = box.width + 2 * pad;

			if (!box.width) return;
			picture.setAttribute('viewBox', `${box.x - pad} ${box.y - pad} ${wide} ${box.height + 2 * pad}`);
			picture.removeAttribute('width');
			picture.removeAttribute('height');
			picture.style.cssText = `width:100%;max-width:${wide}px;min-width:${Math.min(wide, 520)}px;height:auto;margin:0 auto`;
		});
		const used = [...new Set(asked.map(step => step.verdict))];

		return [make('div', { class: 'scroll', tabindex: 0 }, picture),
			make('p', { class: 'key' }, used.map(verdict => make('span', {}, make('i', { style: `border-color:${COLOURS[verdict] || 'var(--skip)'}` }), verdict)),
				asked.some(step => !step.held) && make('span', {}, make('i', { style: 'border-top-style:dashed' }), 'not what was expected'),
				(details.impairments || []).some(i => i.asked !== 'none') && make('span', {}, make('i', { style: 'border-color:var(--flaky);border-top-style:dashed' }), 'impaired link'))];
	}

	/* ---- Steps, timelines, faults ---- */

	function traceOf(details) {
		return (details.trace || '').split('\n').filter(line => line && !line.includes('"rule": "impairment", "action": "delay"')).map(line => {
			const event = JSON.parse(line.replace(/("when_ns": )(\d+)/, '$1"$2"'));

			return { ...event, at: Number(BigInt(event.when_ns) - BigInt(details.began_ns)) / 1e3 };
		});
	}

	function timeline(details) {
		const trace = traceOf(details), took = Math.max(1, details.took);
		const rows = [
			...details.steps.map(step => ({ at: step.at, end: step.end, text: step.text, kind: step.held === false ? 'fail' : 'pass', note: step.sentence ? `${step.verdict}: ${step.sentence}` : '' })),
			...details.acts.map(act => ({ at: act.at, text: act.text, kind: 'flaky', note: `timeline: ${act.when}` })),
			...trace.slice(0, TRACE_MOST).map(event => ({ at: event.at, text: `${event.dir}: packet ${event.n}: ${event.action}`, kind: 'flaky', note: event.rule, packet: true })),
		].sort((one, other) => one.at - other.at);
		const setup = details.steps.length ? details.steps[0].at : took;

		if (setup > 300 && details.hosts.length) rows.unshift({ at: 0, end: setup, text: 'the lab is built', kind: 'skip', note: '' });
		return [make('div', { class: 'scroll' }, make('table', {},
			make('tr', {}, make('th', {}, 'at'), make('th', { class: 'gantt' }, `0 … ${duration(took)}`), make('th', {}, 'what'), make('th', { style: 'text-align:right' }, 'took')),
			rows.map(row => make('tr', { class: row.kind },
				make('td', { class: 'n' }, clock(row.at)),
				make('td', { class: 'gantt' }, make('i', { style: `margin-left:${Math.min(98, 100 * row.at / took)}%;width:${Math.max(0, Math.min(100, 100 * ((row.end || row.at) - row.at) / took))}%` })),
				make('td', { class: 'text' }, make('span', { class: 'mark' }, row.packet ? '⚡' : row.kind === 'flaky' ? '◷' : row.kind === 'skip' ? '·' : MARKS[row.kind]), ' ', row.text, row.note && make('small', {}, row.note)),
				make('td', { class: 'n' }, row.end === undefined ? '' : duration(row.end - row.at)))))),
			trace.length > TRACE_MOST && make('p', { class: 'note' }, `${trace.length - TRACE_MOST} more packets that faults or impairments took: see faults.trace.`)];
	}

	/* ---- Packets ---- */

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
	const hostOf = name => name.split(':')[0];

	function connections(list) {
		const found = new Map();

		for (const packet of list) {
			const ends = [packet.source, packet.target].sort();
			const key = packet.kind === 'arp' ? 'ARP' : `${packet.kind.toUpperCase()}  ${ends[0]} ⇄ ${ends[1]}`;

			if (!found.has(key)) found.set(key, { key, list: [], odd: 0 });
			found.get(key).list.push(packet);
			if (packet.fate !== 'arrived' && packet.fate !== 'nobody' || packet.comment || packet.flags & 4) found.get(key).odd++;
		}
		return [...found.values()];
	}

	function ladder(packets, most = LADDER_MOST) {
		const hosts = [], shown = packets.slice(0, most), step = 22, gap = innerWidth < 600 ? 84 : 150, left = 92, head = 34;

		for (const packet of shown)
			for (const end of [packet.from, packet.to])
				if (end && !hosts.includes(hostOf(end))) hosts.push(hostOf(end));
		const column = name => left + 40 + hosts.indexOf(hostOf(name)) * gap;
		const words = left + 40 + (hosts.length - 1) * gap + 60;
		const height = head + shown.length * step + 10;
		const long = Math.max(...shown.map(packet => (packet.text + packet.comment).length), 20);
		const picture = draw('svg', { width: words + long * 7.2 + 60, height, role: 'img', 'aria-label': `Packet ladder of ${plural(packets.length, 'packet')}` });

		for (const host of hosts)
			picture.append(draw('line', { x1: column(host), x2: column(host), y1: head - 8, y2: height, class: 'life' }),
				draw('text', { x: column(host), y: 16, 'text-anchor': 'middle', style: 'font-weight:600' }, host));
		shown.forEach((packet, i) => {
			const y = head + i * step + 8, known = packet.from && packet.to;
			const a = packet.from ? column(packet.from) : column(packet.to) - 60, full = packet.to ? column(packet.to) : a + 60;
			const lost = packet.fate === 'lost', odd = lost || !['arrived', 'nobody'].includes(packet.fate) || packet.comment;
			const colour = lost ? 'var(--fail)' : odd ? 'var(--flaky)' : packet.flags & 4 ? 'var(--fail)' : 'var(--accent)';
			const b = lost ? a + (full - a) * .55 : full;
			const fate = { lost: ' — not seen arriving', again: ' — again', changed: ' — arrived changed', shorter: ' — arrived cut short', unsent: ' — not seen leaving' }[packet.fate] || '';
			const way = packet.left !== null && packet.arrived !== null && packet.arrived - packet.left >= 1000 ? `  ${duration(packet.arrived - packet.left)}` : '';

			picture.append(draw('g', {}, draw('title', {}, `${packet.from || '?'} → ${packet.to || '?'}, ${packet.size} bytes`),
				draw('text', { x: left - 10, y: y + 4, 'text-anchor': 'end', class: 'small' }, clock(Math.max(0, packet.at))),
				draw('line', { x1: a, x2: b, y1: y, y2: y, stroke: colour, 'stroke-width': 1.8, 'stroke-dasharray': known ? null : '4 3' }),
				lost ? draw('text', { x: b, y: y + 5, 'text-anchor': 'middle', style: `fill:${colour};font-weight:700` }, '✕') : arrowHead(b, y, b < a ? Math.PI : 0, colour),
				draw('text', { x: words, y: y + 4, class: 'mono', style: odd ? `fill:${colour}` : null }, packet.text + way + fate + (packet.comment ? `  (${packet.comment})` : ''))));
		});
		return [make('div', { class: 'scroll', tabindex: 0, style: 'max-height:36rem;overflow:auto' }, picture),
			packets.length > most && make('p', {}, make('button', { type: 'button', onclick: event => {
				const [all] = ladder(packets, packets.length);

				event.target.parentElement.previousElementSibling.replaceWith(all);
				event.target.parentElement.remove();
			} }, `Show all ${packets.length} packets`))];
	}

	/* ---- Plots ---- */

	function nice(most) {
		const power = 10 ** Math.floor(Math.log10(most || 1)), part = most / power;

		return (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10) * power;
	}

	/* series: {name, points: [[x us, y]], dots, steps} */
	function plot(title, unit, series, print) {
		const colours = ['var(--accent)', 'var(--flaky)', 'var(--pass)', 'var(--error)'];
		const all = series.flatMap(s => s.points);
		const w = 460, h = 170, left = 58, right = 10, top = 10, bottom = 24;
		const x0 = Math.min(...all.map(p => p[0])), x1 = Math.max(...all.map(p => p[0]), x0 + 1), y1 = nice(Math.max(...all.map(p => p[1])));
		const x = v => left + (w - left - right) * (v - x0) / (x1 - x0), y = v => h - bottom - (h - top - bottom) * v / y1;
		const picture = draw('svg', { viewBox: `0 0 ${w} ${h}`, role: 'img', 'aria-label': title });

		for (const part of [0, .5, 1])
			picture.append(draw('line', { x1: left, x2: w - right, y1: y(y1 * part), y2: y(y1 * part), class: 'axis' }),
				draw('text', { x: left - 7, y: y(y1 * part) + 4, 'text-anchor': 'end', class: 'small' }, print(y1 * part)));
		for (const part of [0, .5, 1])
			picture.append(draw('text', { x: x(x0 + (x1 - x0) * part), y: h - 6, 'text-anchor': part === 0 ? 'start' : part === 1 ? 'end' : 'middle', class: 'small' }, duration(x0 + (x1 - x0) * part)));
		series.forEach((s, i) => {
			const colour = colours[i % colours.length];
			let path = '', before = null;

			for (const [px, py] of s.points) {
				path += before === null ? `M${x(px)},${y(py)}` : s.steps ? `H${x(px)}V${y(py)}` : `L${x(px)},${y(py)}`;
				before = py;
			}
			picture.append(draw('path', { d: path, fill: 'none', stroke: colour, 'stroke-width': 1.6, opacity: s.dots ? .45 : 1 }));
			if (s.dots)
				for (const [px, py] of s.points) picture.append(draw('circle', { cx: x(px), cy: y(py), r: 2.2, fill: colour }));
		});
		return make('figure', {}, make('figcaption', {}, `${title} (${unit})`), picture,
			series.length > 1 && make('p', { class: 'key' }, series.map((s, i) => make('span', {}, make('i', { style: `border-color:${colours[i % colours.length]}` }), s.name))));
	}

	/* From a segment's leaving its own host to the acknowledgment's arrival there; of what was sent twice, nothing (Karn). */
	function roundTrips(list, owner) {
		const waiting = {}, seen = {}, series = {};
		const address = end => end.replace(/^\[|\]?:\d+$|\]$/g, '');

		for (const packet of list) {
			if (packet.kind !== 'tcp') continue;
			const one = `${packet.source} ${packet.target}`, other = `${packet.target} ${packet.source}`;
			const length = packet.payload + (packet.flags & 2 ? 1 : 0) + (packet.flags & 1 ? 1 : 0);

			if (packet.left !== null && length && hostOf(packet.from) === owner[address(packet.source)]) {
				const key = `${one} ${packet.seq + length}`;

				if (seen[key]) delete (waiting[one] || {})[packet.seq + length];
				else (waiting[one] = waiting[one] || {})[packet.seq + length] = packet.left;
				seen[key] = true;
			}
			if (packet.arrived !== null && packet.flags & 16 && hostOf(packet.to) === owner[address(packet.target)])
				for (const [upTo, left] of Object.entries(waiting[other] || {}))
					if (+upTo <= packet.ack) {
						(series[other] = series[other] || []).push([packet.arrived, packet.arrived - left]);
						delete waiting[other][upTo];
					}
		}
		return Object.entries(series).map(([name, points]) => ({ name: name.replace(' ', ' → '), points, dots: true }));
	}

	function throughput(list, owner) {
		const address = end => end.replace(/^\[|\]?:\d+$|\]$/g, '');
		const arrivals = list.filter(p => p.arrived !== null && hostOf(p.to) === owner[address(p.target)]);
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
		return Object.entries(events).map(([name, list]) => {
			let under = 0;

			list.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
			return { name, steps: true, points: list.map(([at, change]) => [at, under += change]) };
		}).filter(s => Math.max(...s.points.map(p => p[1])) > 1);
	}

	function bits(rate) {
		for (const [size, unit] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']])
			if (rate >= size) return `${+(rate / size).toFixed(1)} ${unit}`;
		return `${Math.round(rate)}`;
	}

	function plots(list, owner) {
		const trips = roundTrips(list, owner).filter(s => s.points.length > 1), rates = throughput(list, owner), under = queues(list);
		const made = [];

		if (trips.length) made.push(plot('Round-trip time', 'TCP', trips, duration));
		if (rates.length && list.length > 5) made.push(plot('Throughput', 'bit/s, as it arrived', rates, bits));
		if (under.length) made.push(plot('Queue', 'packets under way on a link', under.slice(0, 4), v => `${+v.toFixed(1)}`));
		return made.length ? [make('div', { class: 'plots' }, made)] : [];
	}

	function packetSection(details) {
		const { list, leftOut } = packetsOf(details), owner = addressesOf(details);

		if (!list.length) return [];
		const found = connections(list), place = make('div', {});
		const start = Math.max(0, found.findIndex(c => c.odd && c.key !== 'ARP'));
		const show = which => {
			const packets = which < 0 ? list : found[which].list;

			place.replaceChildren(...[ladder(packets), plots(packets, owner)].flat().filter(Boolean));
		};
		const select = make('select', { 'aria-label': 'Connection', onchange: () => show(+select.value) },
			found.map((c, i) => make('option', { value: i, selected: i === start ? '' : null }, `${c.key} — ${plural(c.list.length, 'packet')}${c.odd ? `, ${c.odd} odd` : ''}`)),
			make('option', { value: -1 }, `all — ${plural(list.length, 'packet')}`));

		show(start);
		return [make('h2', {}, 'Packets'), make('div', { class: 'row' }, select, leftOut > 0 && make('span', { class: 'note' }, `${leftOut} packets in the middle are left out here`)), place];
	}

	/* ---- Logs ---- */

	function logSection(details) {
		const logs = details.logs || [], rows = [];
		const columns = [...new Set(logs.map(log => `${log.host}: ${log.program}`))];

		if (!columns.length) return [];
		for (const log of logs)
			for (const line of log.lines.split('\n')) {
				const tab = line.indexOf('\t');

				if (tab > 0) rows.push({ at: Number(BigInt(line.slice(0, tab)) - BigInt(details.began_ns)) / 1e3, text: line.slice(tab + 1), column: columns.indexOf(`${log.host}: ${log.program}`), error: log.stream === 'stderr' });
			}
		for (const step of details.steps) rows.push({ at: step.at, step: step.text });
		rows.sort((one, other) => one.at - other.at);
		const grid = make('div', { class: 'logs', style: `grid-template-columns:auto repeat(${columns.length}, minmax(14rem, 1fr))` });
		const show = list => {
			grid.replaceChildren(make('div', { class: 'head at' }, 'at'), ...columns.map(name => make('div', { class: 'head' }, name)));
			for (const row of list) {
				if (row.step) {
					grid.append(make('div', { class: 'mark-row at' }, `${clock(row.at)} ▸ ${row.step}`));
					continue;
				}
				grid.append(make('div', { class: 'at' }, clock(Math.max(0, row.at))));
				columns.forEach((name, i) => grid.append(i === row.column
					? make('div', { class: row.error ? 'err' : '' }, make('span', { class: 'tag' }, name), row.text)
					: make('div', { class: 'void' })));
			}
		};

		show(rows.slice(0, LOG_MOST));
		return [make('h2', {}, 'Logs, on one clock'), make('div', { class: 'scroll', tabindex: 0, style: 'max-height:32rem;overflow:auto' }, grid),
			rows.length > LOG_MOST && make('p', {}, make('button', { type: 'button', onclick: event => { show(rows); event.target.remove(); } }, `Show all ${rows.length} lines`))];
	}

	/* ---- Rulesets: which rules have met a packet ---- */

	function ruleLine(line) {
		const counted = line.match(/counter packets (\d+)/) || line.match(/^\[(\d+):\d+\] -A/);

		return make('span', { class: !counted ? '' : +counted[1] ? 'hit' : 'miss' }, line + '\n');
	}

	function rulesetSection(details) {
		const rulesets = details.rulesets || [];

		return rulesets.length ? [make('h2', {}, 'Rulesets, and what they counted'),
			make('p', { class: 'key' }, make('span', {}, make('i', { style: 'border-color:var(--pass)' }), 'a packet met it'), make('span', {}, make('i', { style: 'border-color:var(--line)' }), 'none did')),
			rulesets.map(rules => make('details', { class: 'rules' }, make('summary', {}, rules.host), make('pre', { tabindex: 0 }, rules.text.split('\n').map(ruleLine))))] : [];
	}

	/* ---- A case ---- */

	/* What was kept lies beside the page, wherever both were moved together. */
	function link(path) {
		const folder = run.folder ? run.folder + '/' : '';

		if (path.startsWith('/')) return 'file://' + path;
		if (path.startsWith(folder)) return path.slice(folder.length);
		return folder.split('/').filter(part => part && part !== '.').map(() => '../').join('') + path;
	}
	const encode = path => path.split('/').map(encodeURIComponent).join('/').replace('file%3A', 'file:');

	function answer(result) {
		const place = result.file ? `${result.file}${result.line ? ':' + result.line : ''}${result.column ? ':' + result.column : ''}` : '';

		if (result.result === 'pass') return [];
		return [make('div', { class: 'answer' },
			place && make('p', { class: 'place mono' }, place),
			result.question && make('p', { class: 'mono' }, result.question),
			result.expected && result.got && make('p', {}, 'expected ', make('b', {}, result.expected), ', got ', make('strong', {}, result.got)),
			!(result.expected && result.got) && (result.message || '').split('\n').map(line => make('p', {}, line)),
			result.next && make('p', { class: 'place' }, `next: ${result.next}`)),
			result.evidence && make('pre', { tabindex: 0 }, result.evidence)];
	}

	function keptSection(result) {
		const made = [];

		if (result.replay)
			made.push(make('h2', {}, 'Again'), make('div', { class: 'command' }, make('pre', {}, result.replay),
				make('button', { type: 'button', onclick: event => copy(result.replay, event.target) }, 'Copy')));
		if (result.kept && result.artefacts.length)
			made.push(make('h2', {}, 'Kept'), make('ul', { class: 'files' }, result.artefacts.map(name =>
				make('li', {}, make('a', { href: encode(link(`${result.kept}/${name}`)) }, name)))));
		if (result.lost) made.push(make('p', { class: 'note' }, result.lost));
		return made;
	}

	function copy(text, button) {
		navigator.clipboard?.writeText(text).then(() => {
			button.textContent = 'Copied';
			setTimeout(() => { button.textContent = 'Copy'; }, 1500);
		});
	}

	function account(result) {
		return result.account ? [make('h2', {}, 'Links: asked and done'), make('pre', { tabindex: 0, class: 'wrap' }, result.account)] : [];
	}

	function detailsOf(item) {
		const details = read(item.details);

		if (details) details.layout = read(item.layout);
		return details;
	}

	function body(item) {
		const { result } = item, details = detailsOf(item);
		const facts = [WORDS[result.result], duration(result.duration_us), result.seed && `seed ${result.seed}`, result.engine && `engine ${result.engine}`, result.attempts > 1 && plural(result.attempts, 'attempt')];
		const parts = [make('p', { class: 'note' }, facts.filter(Boolean).join(' · ')), answer(result)];

		if (details && (details.hosts.length || details.steps.length)) {
			if (details.hosts.length) parts.push(make('h2', {}, 'Network'), network(details));
			parts.push(make('h2', {}, 'Steps and faults'), timeline(details));
			parts.push(packetSection(details), account(result), logSection(details), rulesetSection(details));
		} else {
			if (result.ladder) parts.push(make('h2', {}, 'Packets'), make('pre', { tabindex: 0 }, result.ladder));
			parts.push(account(result));
			if (result.output) parts.push(make('h2', {}, 'Output'), make('pre', { tabindex: 0 }, result.output));
		}
		parts.push(keptSection(result));
		return make('div', { class: 'body' }, parts.flat(2));
	}

	function row(item) {
		const { result } = item, why = result.result === 'pass' ? '' : reason(result);
		const element = make('details', { class: `case ${result.result}`, id: `case-${item.index + 1}` },
			make('summary', {}, make('span', { class: 'mark', title: WORDS[result.result] }, MARKS[result.result]),
				make('span', { class: 'title' }, make('small', {}, result.suite, result.suite ? ' / ' : ''), result.case),
				make('span', { class: 'time' }, result.result === 'skip' ? 'skipped' : duration(result.duration_us)),
				why && make('span', { class: 'why' }, why)));

		element.addEventListener('toggle', () => {
			if (element.open && element.children.length === 1) element.append(body(item));
		});
		return element;
	}

	/* ---- The page ---- */

	const order = ['fail', 'error', 'flaky', 'skip', 'pass'];
	const counts = Object.fromEntries(order.map(kind => [kind, cases.filter(item => item.result.result === kind).length]));
	const bad = counts.fail + counts.error;

	function headline() {
		const text = !cases.length ? 'Nothing has run' : bad ? `${plural(bad, 'case')} of ${cases.length} failed` : `All ${plural(cases.length, 'case')} passed${counts.skip ? ` or were skipped` : ''}`;

		document.title = `${bad ? '✗' : '✓'} ${text} — nstest`;
		byId('headline').replaceChildren(make('span', {}, 'nstest  '), text);
		byId('sum').setAttribute('aria-label', order.map(kind => `${counts[kind]} ${WORDS[kind]}`).join(', '));
		byId('sum').append(...['pass', 'skip', 'flaky', 'error', 'fail'].filter(kind => counts[kind]).map(kind =>
			make('i', { class: kind, style: `flex:${counts[kind]};background:var(--c)` })));
		const facts = [['', end ? (end.interrupted_by ? `stopped: ${end.interrupted_by}` : `in ${duration(end.duration_us)}`) : 'the run did not come to its end'],
			['', run.date], ['seed ', run.seed ? `${run.seed}` : ''], ['', run.command]];
		byId('facts').append(...facts.filter(fact => fact[1]).map(([name, value]) => make('span', {}, name, name || value === run.command ? make('code', {}, value) : value)));
	}

	const shown = new Set(order);
	const rows = cases.map(row);
	const texts = cases.map(item => `${item.result.suite} / ${item.result.case} ${reason(item.result)}`.toLowerCase());

	function update() {
		const words = byId('search').value.toLowerCase().split(/\s+/).filter(Boolean);
		let visible = 0;

		cases.forEach((item, i) => {
			rows[i].hidden = !shown.has(item.result.result) || !words.every(word => texts[i].includes(word));
			visible += !rows[i].hidden;
		});
		byId('count').textContent = visible === cases.length ? '' : `${visible} of ${cases.length} shown`;
	}

	function sort() {
		const by = {
			run: (a, b) => a - b,
			bad: (a, b) => order.indexOf(cases[a].result.result) - order.indexOf(cases[b].result.result) || a - b,
			slow: (a, b) => cases[b].result.duration_us - cases[a].result.duration_us,
			name: (a, b) => texts[a] < texts[b] ? -1 : 1,
		}[byId('order').value];

		byId('list').append(...cases.map((item, i) => i).sort(by).map(i => rows[i]));
	}

	function filters() {
		byId('filters').append(...order.filter(kind => counts[kind]).map(kind => {
			const button = make('button', { type: 'button', 'aria-pressed': 'true', class: kind, 'data-kind': kind, onclick: () => {
				const on = button.getAttribute('aria-pressed') !== 'true';

				button.setAttribute('aria-pressed', on);
				if (on) shown.add(kind); else shown.delete(kind);
				update();
			} }, make('span', { class: 'mark' }, MARKS[kind]), ' ', make('b', {}, `${counts[kind]}`), ` ${WORDS[kind]}`);

			return button;
		}));
	}

	function move(step, wanted) {
		const visible = [...byId('list').children].filter(element => !element.hidden && (!wanted || element.matches(wanted)));
		const at = visible.indexOf(document.activeElement?.closest('details.case'));
		const next = visible[at < 0 ? (step > 0 ? 0 : visible.length - 1) : Math.max(0, Math.min(visible.length - 1, at + step))];

		next?.querySelector('summary').focus();
		next?.scrollIntoView({ block: 'nearest' });
	}

	addEventListener('keydown', event => {
		if (event.ctrlKey || event.metaKey || event.altKey) return;
		if (event.target.matches('input, select, textarea')) {
			if (event.key === 'Escape') event.target.blur();
			return;
		}
		if (event.key === '/') { event.preventDefault(); byId('search').focus(); }
		if (event.key === 'j') move(1);
		if (event.key === 'k') move(-1);
		if (event.key === 'n') move(1, '.fail, .error');
	});

	const themes = ['', 'light', 'dark'];
	function theme(name) {
		if (name) document.documentElement.dataset.theme = name;
		else delete document.documentElement.dataset.theme;
		byId('theme').textContent = name === 'light' ? '☀ Light' : name === 'dark' ? '☾ Dark' : '◐ System';
		try { localStorage.setItem('nstest-theme', name); } catch { /* a page of a file may have none */ }
	}
	let known = '';
	try { known = localStorage.getItem('nstest-theme') || ''; } catch { /* so be it */ }
	theme(known);
	byId('theme').addEventListener('click', () => theme(themes[(themes.indexOf(document.documentElement.dataset.theme || '') + 1) % 3]));

	function openNamed() {
		const named = location.hash && byId(location.hash.slice(1));

		if (named && named.matches('details.case')) {
			named.open = true;
			named.scrollIntoView();
		}
	}

	headline();
	filters();
	if (bad) byId('order').value = 'bad';
	sort();
	if (!cases.length) byId('list').append(make('p', { class: 'empty' }, 'No case has ended yet.'));
	update();
	byId('search').addEventListener('input', update);
	byId('order').addEventListener('change', sort);
	addEventListener('hashchange', openNamed);
	openNamed();
	document.documentElement.dataset.ready = 'true';
});
