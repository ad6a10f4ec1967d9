select c.trade_id
from {{ ref('int_counted_trades') }} as c
inner join {{ ref('trade_lifecycle') }} as t on t.trade_id = c.trade_id
where t.is_suspect or t.status = 'rejected'
