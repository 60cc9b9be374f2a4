/* What programs wrote, side by side on one clock, with the steps between. */

const LOG_MOST = 400;

function logRows(details, columns) {
	const rows = details.steps.map(step => ({ at: step.at, step: step.text, failed: step.held === false }));

	for (const log of details.logs || [])
		for (const line of log.lines.split('\n')) {
			const tab = line.indexOf('\t');

			if (tab > 0) rows.push({ at: Number(BigInt(line.slice(0, tab)) - BigInt(details.began_ns)) / 1e3, text: line.slice(tab + 1),
				column: columns.indexOf(`${log.host}: ${log.program}`), error: log.stream === 'stderr' });
		}
	return rows.sort((one, other) => one.at - other.at);
}

function logCells(row, columns) {
	const at = clock(Math.max(0, row.at));

	if (row.step) return [make('div', { class: `step${row.failed ? ' failed' : ''}` }, make('span', { class: 'at' }, at), row.step)];
	return [make('div', { class: 'at' }, at), ...columns.map((name, i) => i === row.column
		? make('div', { class: row.error ? 'err' : '' }, make('span', { class: 'tag' }, name), row.text)
		: make('div', { class: 'void' }))];
}

function logSection(details) {
	const columns = [...new Set((details.logs || []).map(log => `${log.host}: ${log.program}`))];

	if (!columns.length) return [];
	const rows = logRows(details, columns);
	const grid = make('div', { class: 'logs', style: `grid-template-columns:auto repeat(${columns.length}, minmax(14rem, 1fr))` });
	const region = scroller('Logs', grid);
	const show = list => grid.replaceChildren(make('div', { class: 'head at' }, 'at'), ...columns.map(name => make('div', { class: 'head' }, name)),
		...list.flatMap(row => logCells(row, columns)));
	const more = rows.length > LOG_MOST && make('p', {}, make('button', { type: 'button', onclick: () => { show(rows); more.remove(); } }, `Show all ${rows.length} lines`));

	region.classList.add('tall');
	show(rows.slice(0, LOG_MOST));
	return [make('h2', {}, 'Logs, on one clock'), region, more];
}
