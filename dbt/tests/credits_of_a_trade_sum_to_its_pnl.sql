{# The credits of each trade add up to its profit or loss, to the last digit. #}

select t.trade_id, t.net_pnl_usd, sum(c.credited_pnl) as credited
from {{ ref('int_counted_trades') }} as t
left join {{ ref('int_credits') }} as c on c.trade_id = t.trade_id
where t.is_closed and t.match_method = 'decision_id' and t.direction in (1, -1) and t.net_pnl_usd is not null
group by t.trade_id, t.net_pnl_usd
having sum(c.credited_pnl) is null or sum(c.credited_pnl) <> t.net_pnl_usd
