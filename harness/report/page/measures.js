/* What connections achieved, as steps and tests have measured it. */

function measureLine(one) {
	return `${one.title}: ${bits(one.rate)}bit/s, ${one.bytes} bytes; round trips ${duration(one.median)} (median), ${duration(one.p99)} (99 %); ${one.retransmitted} of ${plural(one.segments, 'segment')} sent again`;
}

/* The same quantity of all measurements in one picture: they are there to be compared. */
function measurePlots(measures) {
	const most = PLOT_COLOURS.length, made = [];
	const add = (title, unit, pick, how, print) => {
		const series = measures.map(one => ({ name: one.title, points: pick(one), ...how })).filter(s => s.points.length > 1).slice(0, most);

		if (series.length) made.push(plot(title, unit, series, print));
	};

	add('Acknowledged', 'bytes, since the first was sent', one => one.points.map(p => [p[0], p[1]]), {}, v => `${+(v / 1000).toFixed(1)} kB`);
	add('Round trips', 'of segments that were sent once', one => one.points.filter(p => p[3]).map(p => [p[0], p[3]]), { dots: true }, duration);
	add('In flight', 'bytes sent and not acknowledged', one => one.points.map(p => [p[0], p[2]]), { steps: true }, v => `${+(v / 1000).toFixed(1)} kB`);
	add('Congestion window', 'segments, as the kernel had it', one => one.windows, { steps: true }, v => `${+v.toFixed(1)}`);
	return made;
}

function measureSection(measures) {
	return [make('h2', {}, 'Measured'), make('ul', { class: 'account' }, measures.map(one => make('li', {}, measureLine(one)))),
		make('div', { class: 'plots' }, measurePlots(measures))];
}
