# U-Boot: chooses the slot, counts the start, and starts it. RAUC's variables: BOOT_ORDER, BOOT_A_LEFT, BOOT_B_LEFT.
# scripts/image puts board.conf's console in for @CONSOLE@.
setenv env_address 0x4f000000
part number ${devtype} ${devnum} ubootenv env_part
part start ${devtype} ${devnum} ${env_part} env_block
part number ${devtype} ${devnum} root-a part_a
part number ${devtype} ${devnum} root-b part_b

setenv BOOT_ORDER
${devtype} read ${env_address} ${env_block} 0x20
env import -c ${env_address} 0x4000 BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT
test -n "${BOOT_ORDER}" || setenv BOOT_ORDER "A B"
test -n "${BOOT_A_LEFT}" || setenv BOOT_A_LEFT 3
test -n "${BOOT_B_LEFT}" || setenv BOOT_B_LEFT 3

setenv slot
for candidate in ${BOOT_ORDER}; do
  if test -z "${slot}"; then
    if test "${candidate}" = A; then
      if test 0x${BOOT_A_LEFT} -gt 0; then
        setexpr BOOT_A_LEFT ${BOOT_A_LEFT} - 1
        setenv slot A
        setenv slot_part ${part_a}
      fi
    fi
    if test "${candidate}" = B; then
      if test 0x${BOOT_B_LEFT} -gt 0; then
        setexpr BOOT_B_LEFT ${BOOT_B_LEFT} - 1
        setenv slot B
        setenv slot_part ${part_b}
      fi
    fi
  fi
done
if test -z "${slot}"; then
  # Every slot failed three times: all over again is better than never.
  setenv BOOT_A_LEFT 3
  setenv BOOT_B_LEFT 3
fi
env export -c -s 0x4000 ${env_address} BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT
${devtype} write ${env_address} ${env_block} 0x20
test -n "${slot}" || reset

echo "wayside: slot ${slot}"
setenv bootargs "console=@CONSOLE@ ro panic=5 quiet loglevel=4 rauc.slot=${slot}"
if load ${devtype} ${devnum}:${slot_part} ${kernel_addr_r} /boot/vmlinuz; then
  if load ${devtype} ${devnum}:${slot_part} ${ramdisk_addr_r} /boot/initrd; then
    booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdtcontroladdr}
  fi
fi
echo "wayside: slot ${slot} cannot be started"
reset
