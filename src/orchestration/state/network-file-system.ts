/** File systems that several machines share. Of others in user space nobody can tell. */
const networkKinds: ReadonlySet<string> = new Set([
  "nfs",
  "nfs4",
  "cifs",
  "smb3",
  "smbfs",
  "ncpfs",
  "afs",
  "ceph",
  "lustre",
  "gpfs",
  "beegfs",
  "ocfs2",
  "gfs2",
  "fuse.sshfs",
  "fuse.s3fs",
  "fuse.goofys",
  "fuse.gcsfuse",
  "fuse.mount-s3",
  "fuse.rclone",
  "fuse.glusterfs",
  "fuse.ceph",
  "fuse.juicefs",
]);

/**
 * The kind of network file system that a path lies on, if it does.
 *
 * @param path absolute, without symbolic links.
 * @param mounts the text of `/proc/self/mountinfo`; where there is none, nothing can be told.
 */
export function networkFileSystemOf(path: string, mounts: string): string | undefined {
  let nearest: { readonly point: string; readonly kind: string } | undefined;
  for (const line of mounts.split("\n")) {
    const [before = "", after = ""] = line.split(" - ");
    const point = unescaped(before.split(" ")[4] ?? "");
    const kind = after.split(" ")[0] ?? "";
    const isAbove = point === "/" || path === point || path.startsWith(`${point}/`);
    // Of two mounts at one point the later one counts.
    if (point !== "" && isAbove && point.length >= (nearest?.point.length ?? 0)) nearest = { point, kind };
  }
  return nearest !== undefined && networkKinds.has(nearest.kind) ? nearest.kind : undefined;
}

/** Spaces and such stand as `\040`. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
