/** A script `gh` that knows `gh release` with a folder instead of GitHub: a release is a folder in it by its tag. */
export const gitHubProgram = (folder: string): string => `#!/bin/bash
[[ $1 == release ]] || exit 2
command=$2 tag=$3 place=${folder}/$3
echo "$*" >> ${folder}.log
shift 3
keep() { for file; do [[ ! -f $file || $file == *NOTES.md ]] || cp "$file" "$place"; done; }
case $command in
  view) [[ -d $place ]] && ls "$place" ;;
  create) [[ ! -d $place ]] && mkdir "$place" && keep "$@" ;;
  upload) keep "$@" ;;
  download) cat "$place/SHA256SUMS" ;;
  edit) [[ -d $place ]] ;;
esac
`;
