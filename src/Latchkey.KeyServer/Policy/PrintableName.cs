using System.Buffers;
using System.Text;

namespace Latchkey.KeyServer.Policy;

/// <summary>A host name as an edge sent it, for a log: no line breaks, no terminal's control codes, not endless.</summary>
internal static class PrintableName
{
    private const int LongestShown = 80;
    private static readonly SearchValues<byte> Usual = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*"u8);

    public static string Of(ReadOnlySpan<byte> name)
    {
        if (!name.ContainsAnyExcept(Usual) && name.Length <= LongestShown)
            return Encoding.ASCII.GetString(name);
        return $"0x{Convert.ToHexStringLower(name[..Math.Min(name.Length, LongestShown / 2)])} ({name.Length} bytes)";
    }
}
