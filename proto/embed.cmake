# Bytes of a file as C++: cmake -DIN=... -DHEADER=... -DSOURCE=... -P embed.cmake
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "((0x..,){20})" "\\1\n" bytes "${bytes}")
file(WRITE ${HEADER} "// google.protobuf.FileDescriptorSet of package wayside.v1, as protoc writes it.
#pragma once

#include <span>

namespace wayside::v1 {
std::span<const unsigned char> descriptor_set();
}
")
file(WRITE ${SOURCE} "#include \"wayside/v1/descriptor_set.pb.h\"

namespace wayside::v1 {
namespace {
constexpr unsigned char kBytes[] = {
${bytes}};
}
std::span<const unsigned char> descriptor_set() { return kBytes; }
}
")
