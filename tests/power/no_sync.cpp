// A library for LD_PRELOAD: a disk that is never told to keep anything. The negative control of power_test.py.
extern "C" {

int fsync(int /*file*/) { return 0; }
int fdatasync(int /*file*/) { return 0; }

}  // extern "C"
