{# A trade begins at its entry, so its worst is at most 0 and its best at least 0. #}

select trade_id, mae_pct, mfe_pct
from {{ ref('trade_lifecycle') }}
where mae_pct > 0 or mfe_pct < 0
