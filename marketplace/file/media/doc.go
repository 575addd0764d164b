// Package media looks at the bytes and the names of files that strangers send.
//
// Name makes any text a name that every file system takes and no path is made
// of. Sniff tells what a file is from what is in it; its name only chooses
// among the formats that look alike, and is never believed against the content.
//
// Strip takes out of pictures what tells of their makers: EXIF with the place,
// XMP, IPTC, comments, thumbnails, and whatever follows the picture's end. It
// moves the parts of a file and never decodes or compresses pixels, so that
// nothing is lost and a picture that would fill the memory does no harm. It
// keeps what pictures are shown by: colour profiles, transparency, animation,
// and which way is up.
//
//	JPEG   kept: tables, scans, JFIF without its thumbnail, ICC, Adobe's colour
//	       transform; EXIF becomes one that only says which way is up
//	PNG    kept: what is critical, colour (ICC too), transparency, size, animation;
//	       EXIF as in JPEG; texts and times go
//	GIF    kept: frames, their timing, the loop; comments and other extensions go
//	WebP   kept: frames, alpha, animation, ICC; EXIF as in JPEG; what goes is
//	       overwritten with zeros in its place, as the file's size stands first
//
// Other formats that carry such things (TIFF, HEIC, PDF, video, office files)
// pass as they are.
package media
