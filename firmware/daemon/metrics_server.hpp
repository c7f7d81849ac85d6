// GET /metrics over HTTP, on an address of this machine alone or a Unix socket. On core's event loop; never more than a
// few callers, each with little time: a scraper that hangs costs nothing else. Home: core.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "base/unique_function.hpp"
#include "config/gateway_config.hpp"

namespace wayside::daemon {

class MetricsServer {
 public:
  // Gives the page, on core, now or later, once.
  using Make = std::function<void(base::UniqueFunction<void(std::string page)>)>;
  // Errors (Errc::io): the address or the path cannot be had.
  [[nodiscard]] static base::Result<std::unique_ptr<MetricsServer>> listen(boost::asio::io_context& core,
                                                                           const config::MetricsConfig& where,
                                                                           Make make);
  virtual ~MetricsServer() = default;
};

}  // namespace wayside::daemon
