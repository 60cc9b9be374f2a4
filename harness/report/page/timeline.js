/* Steps, timelines and faults on one clock. */

const TRACE_MOST = 100;

function traceOf(details) {
	return (details.trace || '').split('\n').filter(line => line && !line.includes('"rule": "impairment", "action": "delay"')).map(line => {
		const event = JSON.parse(line.replace(/("when_ns": )(\d+)/, '$1"$2"'));

		return { ...event, at: Number(BigInt(event.when_ns) - BigInt(details.began_ns)) / 1e3 };
	});
}

function timelineRows(details, trace, took) {
	const setup = details.steps.length ? details.steps[0].at : took;
	const rows = [
		...details.steps.map(step => ({ at: step.at, end: step.end, text: step.text, place: step.line ? `${step.file}:${step.line}` : '',
			kind: step.held === false ? 'fail' : 'pass', mark: step.held === false ? MARKS.fail : MARKS.pass, note: step.sentence ? `${step.verdict}: ${step.sentence}` : '' })),
		...details.acts.map(act => ({ at: act.at, text: act.text, kind: 'flaky', mark: '◷', note: act.when })),
		...trace.slice(0, TRACE_MOST).map(event => ({ at: event.at, text: `${event.dir.replace('->', '→')}: ${event.action} packet ${event.n}`, kind: 'flaky', mark: '⚡', note: event.rule })),
	];

	if (setup > 300 && details.hosts.length)
		rows.push({ at: 0, end: setup, text: 'the lab is built', kind: 'skip', mark: '·', note: '' });
	return rows.sort((one, other) => one.at - other.at);
}

function timelineRow(row, took) {
	const share = us => Math.max(0, Math.min(100, 100 * us / took));

	return make('tr', { class: row.kind, title: row.place || null },
		make('td', { class: 'n' }, clock(row.at)),
		make('td', { class: 'gantt' }, make('i', { style: `margin-left:${Math.min(98, share(row.at))}%;width:${share((row.end || row.at) - row.at)}%` })),
		make('td', { class: 'mark' }, row.mark),
		make('td', { class: 'text' }, row.text, row.note && make('small', {}, row.note)),
		make('td', { class: 'n' }, row.end === undefined ? '' : duration(row.end - row.at)));
}

function timeline(details) {
	const trace = traceOf(details), took = Math.max(1, details.took);

	return [scroller('Steps and faults', make('table', { class: 'steps' },
		make('thead', {}, make('tr', {}, make('th', { class: 'n' }, 'at'), make('th', { class: 'gantt' }, `0 to ${duration(took)}`),
			make('th', {}), make('th', {}, 'what'), make('th', { class: 'n' }, 'took'))),
		make('tbody', {}, timelineRows(details, trace, took).map(row => timelineRow(row, took))))),
	trace.length > TRACE_MOST && make('p', { class: 'note' }, `${trace.length - TRACE_MOST} more packets that faults or impairments took: see faults.trace.`)];
}
