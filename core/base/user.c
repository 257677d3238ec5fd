#include "core/base/user.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROOM = 16 * 1024 };

static bool find(struct passwd *entry, char room[ROOM])
{
    struct passwd *found = NULL;

    return getpwuid_r(geteuid(), entry, room, ROOM, &found) == 0 && found != NULL;
}

void user_login(char *out, size_t size)
{
    struct passwd entry;
    char room[ROOM];

    if (find(&entry, room) && entry.pw_name[0] != '\0')
        (void)snprintf(out, size, "%s", entry.pw_name);
    else
        (void)snprintf(out, size, "%ld", (long)geteuid());
}

void user_person(char *out, size_t size)
{
    const char *sudo = getenv("SUDO_USER");

    if (sudo != NULL && sudo[0] != '\0')
        (void)snprintf(out, size, "%s", sudo);
    else
        user_login(out, size);
}

bool user_home(char *out, size_t size)
{
    struct passwd entry;
    char room[ROOM];
    int len;

    if (!find(&entry, room) || entry.pw_dir == NULL || entry.pw_dir[0] != '/')
        return false;
    len = snprintf(out, size, "%s", entry.pw_dir);
    return len > 0 && (size_t)len < size;
}
