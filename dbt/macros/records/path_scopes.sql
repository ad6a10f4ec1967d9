{# Each row of a relation for its own decision_path and fallback_tier, for all tiers of its path, and for ALL. #}
{% macro path_scopes(relation) -%}
    select decision_path as path_scope, fallback_tier as tier_scope, r.* from {{ relation }} as r
    union all
    select decision_path as path_scope, 'ALL' as tier_scope, r.* from {{ relation }} as r
    union all
    select 'ALL' as path_scope, 'ALL' as tier_scope, r.* from {{ relation }} as r
{%- endmacro %}
