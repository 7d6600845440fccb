# Read when nginx's Makefile has been written. The flags are for our C++ alone:
# nginx compiles the list of modules beside it as C with the same CFLAGS. The
# target is named for the dependency files, because a compiler cache may call
# the compiler with another name for it, and make would not know the file by it.

cat << END >> $NGX_MAKEFILE

$NGX_OBJS/addon/%.o: CFLAGS += -std=c++20 -fvisibility=hidden -MMD -MP -MT \$@ $TRESTLE_CXXFLAGS

$NGX_OBJS/ngx_http_trestle_module.so: $TRESTLE_LIBS

-include \$(wildcard $NGX_OBJS/addon/*/*.d)
END
