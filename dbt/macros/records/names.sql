{# ALL stands for all pairs and all platforms in the marts, so what is called so itself gets another name. #}

{# The pair; the instrument where no pair is known. The stock ALL is ALL.US. #}
{% macro pair_name(asset_pair, instrument) -%}
    case
        when coalesce({{ asset_pair }}, {{ instrument }}) = 'ALL' then 'ALL.US'
        else coalesce({{ asset_pair }}, {{ instrument }})
    end
{%- endmacro %}

{% macro platform_name(platform) -%}
    case when {{ platform }} = 'ALL' then 'ALL (platform)' else coalesce({{ platform }}, 'unknown') end
{%- endmacro %}

{% macro is_mock_platform(platform) -%}
    coalesce(lower({{ platform }}) in {{ ffe.text_list(var('mock_platforms')) }}, false)
{%- endmacro %}
