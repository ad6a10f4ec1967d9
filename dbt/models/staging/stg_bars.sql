{{ ffe.staged_bars() }}
