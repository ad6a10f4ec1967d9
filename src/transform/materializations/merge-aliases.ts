/** What conditions of dbt projects call the two sides of a merge. */
export const targetAlias = "DBT_INTERNAL_DEST";
export const sourceAlias = "DBT_INTERNAL_SOURCE";
