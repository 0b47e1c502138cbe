using Latchkey.Crypto;
using Latchkey.Wire;

namespace Latchkey.Client;

/// <summary>What a key server replied.</summary>
/// <param name="Error"><see cref="KeylessError.None"/> for success.</param>
/// <param name="Payload">The result, the receiver's own copy; empty for errors and where it is a secret.</param>
/// <param name="Secret">The result of a request whose result is a secret; the receiver disposes it.</param>
public readonly record struct KeylessReply(KeylessError Error, ReadOnlyMemory<byte> Payload, SecretBytes? Secret = null)
{
    /// <summary>Whether there is a result.</summary>
    public bool IsSuccess => Error == KeylessError.None;

    /// <summary>Within a pool: no reply yet, but it has taken long; the reply will be there. null: this is the reply.</summary>
    internal Task<KeylessReply>? Later { get; init; }
}

/// <summary>Within a pool: for those who wait for a reply itself, however long it takes.</summary>
internal static class LateReply
{
    /// <summary>The reply, and never only that it takes long.</summary>
    /// <param name="cancellationToken">Of what comes after it has been told that it takes long.</param>
    public static async Task<KeylessReply> WholeAsync(this ValueTask<KeylessReply> sent, CancellationToken cancellationToken = default)
    {
        var reply = await sent;
        if (reply.Later is not { } later)
            return reply;
        try
        {
            return await later.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _ = later.ContinueWith(static late => late.Result.Secret?.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>The reply as it is opened, now or, where it takes long, later.</summary>
    /// <param name="open">What becomes of the reply itself.</param>
    /// <param name="needed">Owned: disposed when that has been done, or nothing comes.</param>
    public static async ValueTask<KeylessReply> OpenedAsync(this ValueTask<KeylessReply> sent, Func<KeylessReply, KeylessReply> open, IDisposable needed)
    {
        KeylessReply reply;
        try
        {
            reply = await sent;
            if (reply.Later is null)
                reply = open(reply);
        }
        catch
        {
            needed.Dispose();
            throw;
        }
        if (reply.Later is { } later)
            return reply with { Later = OpenedLaterAsync(later, open, needed) };
        needed.Dispose();
        return reply;
    }

    private static async Task<KeylessReply> OpenedLaterAsync(Task<KeylessReply> later, Func<KeylessReply, KeylessReply> open, IDisposable needed)
    {
        using (needed)
            return open(await later);
    }
}
