"""Types of file systems, and what the number of a file proves on each."""

from __future__ import annotations

from typing import Final

BORROWING: Final = "overlay with metacopy"
"""An overlay whose files may have a name, an inode and rights of their own and only borrow what
they hold from the folder below: what is deleted there is gone here, whatever it is called."""

DISKS: Final = frozenset(
    {"affs", "apfs", "bcachefs", "btrfs", "cramfs", "erofs", "exfat", "ext2", "ext3", "ext4"}
    | {"f2fs", "fuseblk", "hfs", "hfsplus", "hpfs", "iso9660", "jffs2", "jfs", "minix", "msdos"}
    | {"nilfs2", "ntfs", "ntfs3", "overlay", "ramfs", "reiser4", "reiserfs", "rootfs", "squashfs"}
    | {"tmpfs", "ubifs", "udf", "ufs", "umsdos", "vfat", "xfs", "zfs"}
    | {"CDFS", "FAT", "FAT32", "NTFS", "UDF", "exFAT"}
    | {BORROWING}
)
"""Types of file systems whose disk belongs to this machine, and whose inode numbers are real.

`fuseblk` is FUSE on a whole disk, such as ntfs-3g. `overlay` shows another folder's files as its
own; that is looked for separately. Those in capitals, and `exFAT`, are as Windows calls them. What
is not listed here counts as a network: NFS, SMB, 9p, AFS, Ceph, Lustre, virtiofs, shared folders of
virtual machines, ecryptfs, unions, all other FUSE; and ReFS, whose numbers are longer than those
that Python has.
"""

RENUMBERING: Final = frozenset({"FAT", "FAT32", "exFAT"})
"""Types of Windows on which a file has another number with every name."""
