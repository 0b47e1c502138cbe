using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.FileProviders.Internal;
using Microsoft.Extensions.FileProviders.Physical;
using Microsoft.Extensions.Primitives;

namespace Latchkey.Edge.Upstreams;

/// <summary>
/// A folder's files, and none outside: no <c>..</c>, no hidden files (<c>.git</c>, <c>.htpasswd</c>; <c>.well-known</c> is public by
/// RFC 8615), no symbolic link that leads out of the folder.
/// </summary>
internal sealed class SiteFolder : IFileProvider
{
    private readonly string _root;
    private readonly string _realRoot;

    /// <param name="folder">Absolute; exists. May itself be a link.</param>
    public SiteFolder(string folder)
    {
        _root = folder;
        _realRoot = RealPath(folder);
    }

    public IFileInfo GetFileInfo(string subpath)
    {
        if (!IsPublic(subpath))
            return new NotFoundFileInfo(subpath);
        var asked = Path.Join(_root, subpath);
        if (!File.Exists(asked))
            return new NotFoundFileInfo(subpath);
        // The file itself, not the link: a link's length is that of its text.
        var real = Walk(_realRoot, subpath);
        return IsInside(real) ? new PhysicalFileInfo(new FileInfo(real)) : new NotFoundFileInfo(subpath);
    }

    public IDirectoryContents GetDirectoryContents(string subpath)
    {
        if (!IsPublic(subpath))
            return NotFoundDirectoryContents.Singleton;
        var folder = Path.Join(_root, subpath);
        return Directory.Exists(folder) && IsInside(Walk(_realRoot, subpath)) ? new PhysicalDirectoryContents(folder) : NotFoundDirectoryContents.Singleton;
    }

    /// <summary>Nobody watches.</summary>
    public IChangeToken Watch(string filter) => NullChangeToken.Singleton;

    private static bool IsPublic(string subpath)
    {
        // No file has such a name, and .NET's path functions throw at it.
        if (subpath.Contains('\0', StringComparison.Ordinal))
            return false;
        foreach (var range in subpath.AsSpan().SplitAny('/', '\\'))
        {
            var segment = subpath.AsSpan(range);
            if (segment.StartsWith('.') && !segment.SequenceEqual(".well-known"))
                return false;
        }

        return true;
    }

    private bool IsInside(string real) =>
        real == _realRoot || (real.Length > _realRoot.Length && real.StartsWith(_realRoot, StringComparison.Ordinal) && real[_realRoot.Length] == Path.DirectorySeparatorChar);

    /// <summary>With every link on the way resolved, which the base library does for the last part of a path only.</summary>
    private static string RealPath(string path)
    {
        var root = Path.GetPathRoot(path)!;
        return Walk(root, Path.GetFullPath(path)[root.Length..]);
    }

    /// <param name="real">Without links, so that a request costs one look for each part below the folder and none above it.</param>
    /// <param name="below">Without <c>..</c>.</param>
    private static string Walk(string real, string below)
    {
        foreach (var part in below.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Join(real, part);
            real = new FileInfo(next).LinkTarget is null ? next : RealPath(File.ResolveLinkTarget(next, returnFinalTarget: true)!.FullName);
        }

        return real;
    }
}
