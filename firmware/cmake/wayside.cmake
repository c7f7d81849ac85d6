# Targets of this project: wayside_library() and wayside_test(), so that every one gets the same flags.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(Boost 1.81 REQUIRED)  # headers only: System, Asio

add_library(wayside_flags INTERFACE)
target_compile_options(wayside_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees uninitialised variants and overlapping string copies where there are none (GCC bugs 105593, 105329).
  target_compile_options(wayside_flags INTERFACE -Wno-maybe-uninitialized -Wno-restrict)
endif()
if(WAYSIDE_WERROR)
  target_compile_options(wayside_flags INTERFACE -Werror)
endif()
if(WAYSIDE_SANITIZE)
  target_compile_options(wayside_flags INTERFACE -fsanitize=${WAYSIDE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(wayside_flags INTERFACE -fsanitize=${WAYSIDE_SANITIZE})
  if(WAYSIDE_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 warns that atomic_thread_fence (used inside Asio) is not seen by ThreadSanitizer.
    target_compile_options(wayside_flags INTERFACE -Wno-tsan)
    # protobuf's headers give its classes another layout under ThreadSanitizer, and Debian's library does not have it.
    target_compile_options(wayside_flags INTERFACE -U__SANITIZE_THREAD__)
  endif()
endif()
target_include_directories(wayside_flags INTERFACE ${PROJECT_SOURCE_DIR}/firmware)
target_compile_definitions(wayside_flags INTERFACE BOOST_ASIO_NO_DEPRECATED)

# What goes on a board is made small, but for what runs at every sample and every frame.
set(WAYSIDE_FAST base model device wire rules bus store pipeline uplink)
function(wayside_small target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Os>)
endfunction()

# wayside_library(<name> SOURCES ... PUBLIC targets... PRIVATE targets...)
function(wayside_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(wayside_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(wayside_${name} PUBLIC ${ARG_PUBLIC} PRIVATE wayside_flags ${ARG_PRIVATE})
  target_include_directories(wayside_${name} PUBLIC ${PROJECT_SOURCE_DIR}/firmware)
  if(NOT name IN_LIST WAYSIDE_FAST AND NOT name MATCHES "^driver")
    wayside_small(wayside_${name})
  endif()
endfunction()

# On another processor the unit and driver tests run under an emulator: label `qemu`, built by the target qemu_tests. Those
# where the processor could matter (bytes, words, times, files) also in the ci set: qemu_quick.
if(CMAKE_CROSSCOMPILING)
  add_custom_target(qemu_tests)
  add_custom_target(qemu_quick_tests)
endif()
set(WAYSIDE_QEMU_QUICK base_test bus_test daemon_test seal_test store_test wire_test)

function(wayside_qemu_test name label)
  if(NOT CMAKE_CROSSCOMPILING OR NOT label MATCHES "^(unit|driver)$")
    return()
  endif()
  set_property(TEST ${name} APPEND PROPERTY LABELS qemu)
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
  add_dependencies(qemu_tests ${name})
  if(name IN_LIST WAYSIDE_QEMU_QUICK)
    set_property(TEST ${name} APPEND PROPERTY LABELS qemu_quick)
    add_dependencies(qemu_quick_tests ${name})
  endif()
endfunction()

# Those that the ci set runs under sanitizers: all that one program does by itself (scripts/test names the same labels).
add_custom_target(sanitized_tests)

# wayside_test(<name> LABEL unit SOURCES ... LIBS ...): one Catch2 program, one CTest entry.
function(wayside_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;LIBS;ARGS" ${ARGN})
  if(NOT WAYSIDE_TESTS)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE wayside_flags wayside_test_main ${ARG_LIBS})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name} ${ARG_ARGS})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 120)
  wayside_qemu_test(${name} ${ARG_LABEL})
  if(ARG_LABEL MATCHES "^(unit|driver|contract|simulation)$")
    add_dependencies(sanitized_tests ${name})
  endif()
endfunction()
