namespace Latchkey.Wire.Operations;

/// <summary>How operations 41 and 42 ask for a partial signature (X5).</summary>
internal static class PartialSigning
{
    public static ReadOnlySpan<byte> Mark => [1];

    public static bool IsAsked(in KeylessItems items) => items.Payload.SequenceEqual(Mark);
}
