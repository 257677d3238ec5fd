#include "core/cache/sql.h"

#define STATEMENT_SQL(name, sql) [STATEMENT_##name] = sql,
static const char *const texts[] = {STATEMENT_LIST(STATEMENT_SQL)};
#undef STATEMENT_SQL

const char *statement_sql(enum statement which)
{
    return texts[which];
}
