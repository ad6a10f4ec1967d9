{{ ffe.winning_bars(ref('stg_bars')) }}
