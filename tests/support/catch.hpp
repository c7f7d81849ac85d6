// The only way to include Catch2 here: version 2 of Debian, one header.
#pragma once

#include <catch2/catch.hpp>
