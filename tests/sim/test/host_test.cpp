// The transports, over a real loopback socket and a real pty, on this thread.
#include "sim/host.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>

#include "sim/wire/framing.hpp"
#include "support/catch.hpp"

using namespace wayside::sim;
using wayside::base::Bytes;

namespace {

// A folder of its own, gone at the end.
struct Folder {
  Folder() {
    char name[] = "/tmp/wayside-sim-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path;
};

std::unique_ptr<Host> start(boost::asio::io_context& io, const Folder& folder) {
  const auto scene =
      parse_scene("lines:\n  - {name: tcp, tcp: 127.0.0.1:0}\n  - {name: bus, baud: 9600, pty: " + folder.path +
                      "/bus.tty}\n"
                      "devices:\n"
                      "  - {name: one, line: tcp, unit: 1, kind: seahawk-10k}\n"
                      "  - {name: two, line: bus, unit: 2, kind: seahawk-10k}\n",
                  "");
  REQUIRE(scene.has_value());
  auto host = Host::start(io, *scene, folder.path + "/control", [](std::string_view) {});
  REQUIRE(host.has_value());
  return std::move(*host);
}

const Bytes kReadFirmware{0x04, 0x00, 0x08, 0x00, 0x01};
const Bytes kFirmware{0x04, 0x02, 0x01, 0x2D};

}  // namespace

TEST_CASE("a TCP line answers on the port it was given", "[sim]") {
  using boost::asio::ip::tcp;
  const Folder folder;
  boost::asio::io_context io;
  const auto host = start(io, folder);
  tcp::socket socket(io);
  const auto port = static_cast<std::uint16_t>(std::stoi(host->places()[0].second));
  socket.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
  boost::asio::write(socket, boost::asio::buffer(tcp_frame(9, 1, kReadFirmware)));
  Bytes answer(64);
  std::size_t got = 0;
  socket.async_read_some(boost::asio::buffer(answer),
                         [&got](const boost::system::error_code&, std::size_t n) { got = n; });
  while (got == 0 && io.run_one_for(std::chrono::seconds{5}) > 0) {
  }
  answer.resize(got);
  CHECK(answer == tcp_frame(9, 1, kFirmware));
}

TEST_CASE("a pty line answers behind its link, at the pace of its baud rate", "[sim]") {
  const Folder folder;
  boost::asio::io_context io;
  const auto host = start(io, folder);
  const int fd = ::open((folder.path + "/bus.tty").c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(fd >= 0);
  boost::asio::posix::stream_descriptor client(io, fd);
  const auto begin = std::chrono::steady_clock::now();
  boost::asio::write(client, boost::asio::buffer(rtu_frame(2, kReadFirmware)));
  Bytes answer;
  std::array<std::uint8_t, 64> part{};
  while (answer.size() < 7) {
    std::size_t got = 0;
    client.async_read_some(boost::asio::buffer(part),
                           [&got](const boost::system::error_code&, std::size_t n) { got = n; });
    while (got == 0 && io.run_one_for(std::chrono::seconds{5}) > 0) {
    }
    REQUIRE(got > 0);
    answer.insert(answer.end(), part.begin(), std::next(part.begin(), static_cast<std::ptrdiff_t>(got)));
  }
  CHECK(answer == rtu_frame(2, kFirmware));
  // 8 characters of request, 3.5 of silence and 7 of answer at 960 characters a second: 19 ms.
  CHECK(std::chrono::steady_clock::now() - begin > std::chrono::milliseconds{18});
}

TEST_CASE("the control socket lists and gives faults", "[sim]") {
  const Folder folder;
  boost::asio::io_context io;
  const auto host = start(io, folder);
  const auto asked = [&io, path = folder.path + "/control"](const std::string& line) {
    auto answer = std::async(std::launch::async, [path, line] { return ask(path, line); });
    while (answer.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
      io.run_one_for(std::chrono::milliseconds{20});
    const auto result = answer.get();
    return result ? *result : result.error().what;
  };
  CHECK(asked("fault one leak 12.5") == "ok");
  CHECK(asked("fault one leek 12.5") == "error: unknown fault 'leek' (nearest: 'leak')");
  CHECK(asked("fault ome leak 1") == "error: unknown target 'ome' (nearest: 'one')");
  CHECK(asked("lost") == "error: unknown command 'lost' (nearest: 'list')");
  const std::string list = asked("list");
  CHECK(list.starts_with("one seahawk-10k tcp:1 "));
  CHECK(list.ends_with("\nok"));
}

TEST_CASE("the ready file tells ports and paths, and nothing is left behind", "[sim]") {
  const Folder folder;
  {
    boost::asio::io_context io;
    const auto host = start(io, folder);
    REQUIRE(write_ready_file(folder.path + "/ready", *host).has_value());
    std::ifstream file(folder.path + "/ready");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    CHECK(text == "tcp=" + host->places()[0].second + "\nbus=" + folder.path + "/bus.tty\n");
  }
  CHECK_FALSE(std::filesystem::exists(folder.path + "/control"));
  CHECK_FALSE(std::filesystem::is_symlink(folder.path + "/bus.tty"));
}
