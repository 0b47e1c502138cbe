namespace Latchkey.KeyServer.Operations;

/// <summary>The engine awaits whoever holds secrets; here that is this process, and every answer is there when its method returns.</summary>
internal static class Completed
{
    /// <summary>The result.</summary>
    public static T Of<T>(ValueTask<T> answer) => answer.AsTask().GetAwaiter().GetResult();
}
