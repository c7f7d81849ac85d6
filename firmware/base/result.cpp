#include "base/result.hpp"

#include "base/assert.hpp"

namespace wayside::base {

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  assertion_failed(error.what.c_str(), where.file_name(), static_cast<int>(where.line()));
}

}  // namespace wayside::base
