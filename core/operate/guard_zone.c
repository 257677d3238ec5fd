#include "core/operate/guard_zone.h"

#include <sys/stat.h>

#include "core/base/mem.h"

static bool is_name(struct sv name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '/' || c == '_' || c == '+' || c == '-'))
            return false;
    }
    return name.len > 0 && name.len < ZONE_NAME_SIZE && name.ptr[0] != '/';
}

bool zone_is_known(struct sv name)
{
    const char *dir = getenv("TZDIR");
    char path[512];
    struct stat st;

    if (sv_eq(name, SV("UTC")))
        return true;
    if (!is_name(name))
        return false;
    (void)snprintf(path, sizeof path, "%s/" SV_FMT,
                   dir != NULL && dir[0] == '/' ? dir : "/usr/share/zoneinfo", SV_ARG(name));
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

enum err_code zone_enter(const char *name, struct zone_visit *visit, struct err *err)
{
    const char *before = getenv("TZ");
    char *copy = NULL;

    if (before != NULL) {
        copy = mem_resize(NULL, strlen(before) + 1, 1);
        if (copy == NULL)
            return mem_err(err);
        memcpy(copy, before, strlen(before) + 1);
    }
    if (setenv("TZ", sv_eq(sv_of(name), SV("UTC")) ? "UTC0" : name, 1) != 0) {
        mem_free(copy);
        return mem_err(err);
    }
    tzset();
    visit->before = copy;
    return ERR_OK;
}

void zone_leave(struct zone_visit *visit)
{
    if (visit->before == NULL)
        unsetenv("TZ");
    else
        (void)setenv("TZ", visit->before, 1);
    tzset();
    mem_free(visit->before);
    visit->before = NULL;
}

struct local_time zone_local(int64_t ms)
{
    time_t at = (time_t)(ms / 1000);
    struct tm tm = {0};

    (void)localtime_r(&at, &tm);
    return (struct local_time){.year = tm.tm_year + 1900,
                               .month = tm.tm_mon + 1,
                               .day = tm.tm_mday,
                               .hour = tm.tm_hour,
                               .minute = tm.tm_min,
                               .weekday = tm.tm_wday};
}

static struct tm tm_of(const struct local_time *local, int is_dst)
{
    return (struct tm){.tm_year = local->year - 1900,
                       .tm_mon = local->month - 1,
                       .tm_mday = local->day,
                       .tm_hour = local->hour,
                       .tm_min = local->minute,
                       .tm_isdst = is_dst};
}

/* mktime alone answers a moment that is there twice as its last call left it: both ways are asked,
 * and what does not show that hour and minute again is no answer. */
int64_t zone_ms(const struct local_time *local, bool is_last)
{
    struct tm plain = tm_of(local, -1);
    time_t best = mktime(&plain);
    bool is_found = false;

    for (int is_dst = 0; is_dst <= 1; is_dst++) {
        struct tm tm = tm_of(local, is_dst);
        struct tm shown = {0};
        time_t at = mktime(&tm);

        if (at == (time_t)-1 || localtime_r(&at, &shown) == NULL ||
            shown.tm_hour != local->hour % 24 || shown.tm_min != local->minute)
            continue;
        if (!is_found || (is_last ? at > best : at < best))
            best = at;
        is_found = true;
    }
    return (int64_t)best * 1000;
}
